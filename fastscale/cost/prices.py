"""AWS's list prices, in US dollars, by Region. Copies: check them against the sources before relying on them.

Without free tier, volume tiers (the first tier counts), taxes and agreements. A new Region is a new entry here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fastscale.errors import InputError

AS_OF = date(2026, 11, 22)
SOURCES = ("https://aws.amazon.com/cloudwatch/pricing/", "https://aws.amazon.com/fargate/pricing/")


@dataclass(frozen=True, kw_only=True)
class Prices:
    """One Region's prices: a month for what is kept, an hour for what runs, a unit for what is used."""

    region: str
    metric_month: float = 0.30
    thousand_api_calls: float = 0.01
    alarm_month: float = 0.10
    high_resolution_alarm_month: float = 0.30
    dashboard_month: float = 3.00
    log_gb: float
    vcpu_hour: float
    memory_gb_hour: float
    arm_vcpu_hour: float
    arm_memory_gb_hour: float


PRICES = {
    prices.region: prices
    for prices in (
        Prices(
            region="us-east-1",
            log_gb=0.50,
            vcpu_hour=0.04048,
            memory_gb_hour=0.004445,
            arm_vcpu_hour=0.03238,
            arm_memory_gb_hour=0.00356,
        ),
        Prices(
            region="ap-northeast-2",
            log_gb=0.76,
            vcpu_hour=0.04656,
            memory_gb_hour=0.00511,
            arm_vcpu_hour=0.03725,
            arm_memory_gb_hour=0.00409,
        ),
    )
}


def prices_for(region: str) -> Prices:
    """The prices of ``region``. Raises InputError naming the Regions that are known."""
    if region not in PRICES:
        raise InputError(f"no prices are known for region {region!r}: choose one of {', '.join(PRICES)}")
    return PRICES[region]

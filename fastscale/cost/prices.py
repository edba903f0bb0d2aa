"""AWS's list prices, in US dollars, by Region. Copies: check them against the sources before relying on them.

Without free tier, volume tiers (the first tier counts), taxes and agreements. A new Region is a new entry here, or a
file of the user's (:mod:`.price_file`). The prices of Seoul are AWS's Price List API's as others have published them,
with its usage types (APN2-…).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fastscale.errors import InputError

AS_OF = date(2026, 11, 23)
SOURCES = (
    "https://aws.amazon.com/cloudwatch/pricing/",
    "https://aws.amazon.com/fargate/pricing/",
    "https://aws.amazon.com/vpc/pricing/",
    "https://aws.amazon.com/privatelink/pricing/",
    "https://aws.amazon.com/elasticloadbalancing/pricing/",
    "https://aws.amazon.com/dynamodb/pricing/on-demand/",
)
#: What Fargate Spot takes off, as a share. AWS speaks of 50 to 70 % that change with demand: the lower end.
SPOT_DISCOUNT = 0.5


@dataclass(frozen=True, kw_only=True)
class Prices:
    """One Region's prices: a month for what is kept, an hour for what runs, a unit for what is used."""

    region: str
    metric_month: float = 0.30
    thousand_api_calls: float = 0.01
    alarm_month: float = 0.10
    high_resolution_alarm_month: float = 0.30
    dashboard_month: float = 3.00
    balancer_hour: float = 0.0225
    endpoint_gb: float = 0.01
    log_gb: float
    vcpu_hour: float
    memory_gb_hour: float
    arm_vcpu_hour: float
    arm_memory_gb_hour: float
    nat_hour: float
    nat_gb: float
    endpoint_hour: float
    million_table_writes: float
    million_table_reads: float


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
            nat_hour=0.045,
            nat_gb=0.045,
            endpoint_hour=0.01,
            million_table_writes=0.625,
            million_table_reads=0.125,
        ),
        Prices(
            region="ap-northeast-2",
            log_gb=0.76,
            vcpu_hour=0.04656,
            memory_gb_hour=0.00511,
            arm_vcpu_hour=0.03725,
            arm_memory_gb_hour=0.00409,
            nat_hour=0.059,
            nat_gb=0.059,
            endpoint_hour=0.013,
            million_table_writes=0.68,
            million_table_reads=0.1355,
        ),
    )
}


def prices_for(region: str) -> Prices:
    """The prices of ``region``. Raises InputError that names the Regions that are known, and how to price others."""
    if region not in PRICES:
        raise InputError(
            f"no prices for region {region!r}: there are copies, of {AS_OF}, for {' and '.join(PRICES)} alone; "
            "choose one by --region, or give prices of your own to `fastscale cost` by --prices FILE"
        )
    return PRICES[region]


def prices_like(region: str) -> Prices:
    """The prices of ``region``, or of the first Region that is known: to compare by, and its ``region`` says whose."""
    return PRICES.get(region) or next(iter(PRICES.values()))

"""The Service Quotas back end: moto knows none of Fargate's and none that was raised."""

from __future__ import annotations

import threading
from typing import Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend

from fastscale.localcloud.server.quotas.defaults import DEFAULTS
from fastscale.localcloud.server.shapes import Shape

Key = tuple[str, str]


class QuotasBackend(ServiceQuotasBackend):
    """Service Quotas of one region.

    AWS lists a quota among the applied ones only where it has a value for the account (Service Quotas API reference,
    ListServiceQuotas); here that is a quota that somebody asked to raise.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lock = threading.Lock()
        self._applied: dict[Key, Shape] = {}

    def list_aws_default_service_quotas(self, service_code: str) -> list[dict[str, Any]]:
        """ListAWSDefaultServiceQuotas."""
        found = [quota for quota in DEFAULTS if quota["ServiceCode"] == service_code]
        return found or super().list_aws_default_service_quotas(service_code)

    def list_service_quotas(self, service_code: str) -> list[Shape]:
        """ListServiceQuotas: the applied ones; raises NoSuchResource for a service that has no quotas here."""
        self.list_aws_default_service_quotas(service_code)
        with self._lock:
            return [quota for (service, _), quota in self._applied.items() if service == service_code]

    def get_service_quota(self, service_code: str, quota_code: str) -> Shape:
        """GetServiceQuota: the applied one; raises NoSuchResource when it has none."""
        with self._lock:
            applied = self._applied.get((service_code, quota_code))
        if applied is None:
            raise NoSuchResource
        return applied

    def raise_quota(self, service_code: str, quota_code: str, wanted: float) -> Shape:
        """RequestServiceQuotaIncrease; nobody has to approve it here."""
        default = self._default(service_code, quota_code)
        with self._lock:
            self._applied[service_code, quota_code] = {**default, "Value": wanted}
        return {
            "Id": f"{service_code}-{quota_code}",
            "ServiceCode": service_code,
            "QuotaCode": quota_code,
            "QuotaName": default["QuotaName"],
            "DesiredValue": wanted,
            "Status": "APPROVED",
        }

    def _default(self, service_code: str, quota_code: str) -> Shape:
        known = self.list_aws_default_service_quotas(service_code)
        found = next((quota for quota in known if quota["QuotaCode"] == quota_code), None)
        if found is None:
            raise NoSuchResource
        return found

"""The Service Quotas API: moto's answers, and the actions that it lacks."""

from __future__ import annotations

import json
from typing import cast

from moto.servicequotas.models import servicequotas_backends
from moto.servicequotas.responses import ServiceQuotasResponse

from fastscale.localcloud.server.quotas.models import QuotasBackend


class QuotasResponse(ServiceQuotasResponse):
    """One request to Service Quotas; each public method is the action of that name."""

    @property
    def own(self) -> QuotasBackend:
        """The back end of the request's region."""
        return cast(QuotasBackend, servicequotas_backends[self.current_account][self.region])

    def list_service_quotas(self) -> str:
        """ListServiceQuotas, in one page."""
        asked = json.loads(self.body)
        return json.dumps({"Quotas": self.own.list_service_quotas(asked["ServiceCode"])})

    def request_service_quota_increase(self) -> str:
        """RequestServiceQuotaIncrease."""
        asked = json.loads(self.body)
        granted = self.own.raise_quota(asked["ServiceCode"], asked["QuotaCode"], float(asked["DesiredValue"]))
        return json.dumps({"RequestedQuota": granted})

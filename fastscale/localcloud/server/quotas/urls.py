"""Where moto finds the responses of Service Quotas (the names are moto's convention)."""

from moto.servicequotas.urls import url_bases as moto_url_bases

from fastscale.localcloud.server.quotas.responses import QuotasResponse

url_bases = moto_url_bases
url_paths = {"{0}/$": QuotasResponse.dispatch}

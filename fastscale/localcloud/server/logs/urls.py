"""Where moto finds the responses of CloudWatch Logs (the names are moto's convention)."""

from moto.logs.urls import url_bases as moto_url_bases

from fastscale.localcloud.server.logs.responses import LogsResponse

url_bases = moto_url_bases
url_paths = {"{0}/$": LogsResponse.dispatch}

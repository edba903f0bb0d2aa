"""Where moto finds the responses of CloudWatch (the names are moto's convention)."""

from fastscale.localcloud.server.cloudwatch.responses import CloudWatchResponse

url_bases = [r"https?://monitoring\.(.+)\.amazonaws.com"]
url_paths = {"{0}/$": CloudWatchResponse.dispatch}

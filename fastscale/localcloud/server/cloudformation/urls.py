"""Where moto finds the responses of CloudFormation (the names are moto's convention)."""

from fastscale.localcloud.server.cloudformation.responses import CloudFormationResponse

url_bases = [r"https?://cloudformation\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/$": CloudFormationResponse.dispatch}

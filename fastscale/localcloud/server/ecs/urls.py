"""Where moto finds the responses of ECS (the names are moto's convention)."""

from fastscale.localcloud.server.ecs.responses import EcsResponse

url_bases = [r"https?://ecs\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/$": EcsResponse.dispatch}

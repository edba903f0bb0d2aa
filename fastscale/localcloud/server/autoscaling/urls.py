"""Where moto finds the responses of Application Auto Scaling (the names are moto's convention)."""

from fastscale.localcloud.server.autoscaling.responses import AutoScalingResponse

url_bases = [r"https?://application-autoscaling\.(.+)\.amazonaws.com"]
url_paths = {"{0}/$": AutoScalingResponse.dispatch}

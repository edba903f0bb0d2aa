"""The sample application: a small web service that scales with fastscale, as any other service would."""

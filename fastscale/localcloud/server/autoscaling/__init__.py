"""Application Auto Scaling: scalable targets, policies, scheduled actions and the scaling activities."""

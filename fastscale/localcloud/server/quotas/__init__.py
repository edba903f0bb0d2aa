"""Service Quotas: what Fargate and load balancers may have in an account, which a request raises at once."""

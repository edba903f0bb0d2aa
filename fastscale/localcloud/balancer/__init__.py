"""ELB's part: an Application Load Balancer made of Traefik and health checks of our own.

==========================  =======================================================================
``health``                  pure: what the checks of a target make of it
``checks``                  the HTTP checks themselves
``groups``                  the target group and its settings, read through the API
``proxy``                   Traefik: its configuration, its process
``traffic``                 what Traefik counted, as AWS/ApplicationELB metrics
``loop`` ``part``           the cycle that joins them; everything built for a running API server
==========================  =======================================================================
"""

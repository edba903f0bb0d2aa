"""Fast scaling as AWS CDK constructs, and the four stacks composed of them.

Every construct takes its numbers from a :class:`fastscale.plan.Plan` or a part of it. ``python -m fastscale.cdk``
synthesizes the stacks; :func:`fastscale.cdk.synthesis.synthesize` does so from another program.
"""

from fastscale.cdk.node import use_node

# aws_cdk starts Node when it is first imported, so Node has to be chosen before any module of this package is.
use_node()

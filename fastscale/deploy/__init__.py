"""What brings stacks to AWS and takes them away: the CDK command line (:mod:`.cdk`), and CloudFormation for a local
cloud (:mod:`.cloudformation`, :mod:`.local`). Both take what a synthesis left behind (:mod:`.assembly`).

A local cloud has no image repository to push to, so its stacks go to CloudFormation as they are: what the CDK command
line does too, after it has published the images. For both, :mod:`.transition` finds the way from one plan to another
that CloudFormation takes, and :mod:`.remains` names what outlives the stacks.
"""

"""CloudFormation: templates become resources through the other services' own APIs, as on AWS.

moto's engine says CREATE_COMPLETE for types that it skips, leaves the remains of a failed creation and replaces on
update what AWS changes in place. This one plans by the references between resources, acts in the background like
AWS's, and knows each type by two or three API calls (:mod:`.resources`).
"""

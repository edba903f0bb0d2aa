"""For all tests: the CDK's engine runs on the Node.js that fastscale chooses, also where a test imports it first."""

from fastscale.cdk.node import use_node

use_node()

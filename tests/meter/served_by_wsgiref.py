"""A server that knows nothing of signals: `python -m tests.meter.served_by_wsgiref PORT`."""

import sys
from wsgiref.simple_server import make_server

from tests.meter.served import wsgi

if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), wsgi).serve_forever()

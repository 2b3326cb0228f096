"""Programs that are no good services, by their first argument: what `pleach status` and the findings must explain.

  fail TEXT     writes TEXT to standard error and ends with status 3
  later S TEXT  the same after S seconds
  silent        listens on nothing and never ends
  deaf          takes connections and never answers
"""

import os
import socket
import sys
import time

what = sys.argv[1]
if what == "later":
    time.sleep(float(sys.argv[2]))
if what in ("fail", "later"):
    print(sys.argv[-1], file=sys.stderr, flush=True)
    sys.exit(3)
if what == "deaf":
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=4096)
while True:
    time.sleep(3600)

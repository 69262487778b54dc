"""`manage.py ticker` for the program under fault: the same loop, with the chain's kinds known."""

import os
import socket
import threading

from tests.faults import program  # noqa: F401, I001  (sets Django up and registers the kinds, so it comes first)
from abmops.work.ticker import tick_forever

if __name__ == "__main__":
    tick_forever(name=f"ticker@{socket.gethostname()}:{os.getpid()}", stop=threading.Event())

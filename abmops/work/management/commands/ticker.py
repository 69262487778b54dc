"""`manage.py ticker`: bring back lost work, start slots, nudge, and work itself while the broker is away."""

import signal
import socket
import threading
from typing import Any

from django.core.management.base import BaseCommand

from abmops.lib.collecting import look_seldom
from abmops.work.ticker import tick_forever


class Command(BaseCommand):
    """Any number may run, on any hosts; every statement of a tick is idempotent."""

    help = "Ticks the work list each second without Celery. Any number may run."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Tick until SIGTERM or SIGINT."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        look_seldom()
        tick_forever(name=f"ticker@{socket.gethostname()}", stop=stop)

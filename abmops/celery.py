"""The Celery application: a message only says "look now", the rows of `abmops.work` hold the work.

Every option that follows from that is in `settings.CELERY_*`, with its reason.
"""

import os

from celery import Celery
from celery.signals import worker_process_init
from kombu.transport.redis import Channel

from abmops.lib.collecting import look_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abmops.settings")
# A worker told to stop finishes what it holds (`worker_soft_shutdown_timeout`) before it goes.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")

# A nudge is disposable: a worker that loses the broker does not hand its messages back. kombu 5.7 would try that on a
# closed connection, and the worker would die of it ('NoneType' object has no attribute 'hostname').
Channel.do_restore = False

app = Celery("abmops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")


@worker_process_init.connect
def _settle(**_: object) -> None:
    look_seldom()

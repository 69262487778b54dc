"""The Celery application: a message only says "look now", the rows of `abmops.work` hold the work.

Every option that follows from that is in `settings.CELERY_*`, with its reason.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abmops.settings")
# A worker told to stop finishes what it holds (`worker_soft_shutdown_timeout`) before it goes.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")

app = Celery("abmops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")

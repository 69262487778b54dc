"""The Celery application: a message only says "look now", the rows of `abmops.work` hold the work.

Every option that follows from that is here, with its reason; where the broker is stands in the settings.
"""

import os
import sys
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.signals import task_prerun, worker_process_init
from django.db import close_old_connections
from kombu.transport.redis import Channel

from abmops.lib.collecting import look_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abmops.settings")
# A worker told to stop finishes what it holds (`worker_soft_shutdown_timeout`) before it goes.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")

# A nudge is disposable: a worker that loses the broker does not hand its messages back. kombu 5.7 would try that on a
# closed connection, and the worker would die of it ('NoneType' object has no attribute 'hostname').
Channel.do_restore = False

_WAYS: dict[str, Any] = {
    "accept_content": ["json"],
    "task_serializer": "json",
    "task_ignore_result": True,
    "task_store_errors_even_if_ignored": False,
    "task_acks_late": False,  # a nudge is disposable: no redelivery, so no crash loop
    "task_reject_on_worker_lost": False,
    "task_publish_retry": False,  # a request never waits for a broker that is down
    "task_default_queue": "react",
    "task_routes": {"abmops.work.jobs.tick": {"queue": "tick"}},
    "task_soft_time_limit": 45,
    "task_time_limit": 60,
    "worker_prefetch_multiplier": 1,
    # By memory alone: counted by nudges, both children of a busy worker came to their end together, each ten
    # seconds, and nobody worked until the pool looked, up to a second later.
    "worker_max_memory_per_child": 400_000,  # kB
    "worker_soft_shutdown_timeout": 20,
    # Celery would close the connection to the database after each task, so that each drain began with a new session: a
    # process to fork there. Ours live as long as Django lets them, see `_keep_connections`.
    "CELERY_DB_REUSE_MAX": sys.maxsize,
    "worker_hijack_root_logger": False,
    "worker_send_task_events": False,
    # Concerns late acknowledgement alone.
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "broker_connection_timeout": 2,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        "visibility_timeout": 3600,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "health_check_interval": 25,
        "max_retries": 0,
    },
    "beat_schedule": {
        # Any number of beats may run: every statement of a tick is idempotent.
        "work.tick": {
            "task": "abmops.work.jobs.tick",
            "schedule": timedelta(seconds=1),
            "options": {"expires": 5},
        },
    },
    "beat_max_loop_interval": 1,
    "timezone": "UTC",
}

app = Celery("abmops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.add_defaults(lambda: _WAYS)
app.autodiscover_tasks(related_name="jobs")


@task_prerun.connect
def _keep_connections(**_: object) -> None:
    """From task to task as from request to request: one that is broken or too old makes room for another."""
    close_old_connections()


@worker_process_init.connect
def _settle(**_: object) -> None:
    look_seldom()

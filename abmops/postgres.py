"""How this program speaks with PostgreSQL, whichever server it is: what every session is held to."""

from collections.abc import Mapping
from typing import Any

STATEMENT_SECONDS = {
    "web": 5,
    "worker": 30,
    "beat": 30,
}  # a command (a migration, an import by hand) may take its time


def connection(server: Mapping[str, Any], process: str) -> dict[str, Any]:
    """Django's settings for the database of a server, in a process of this role."""
    return {
        **server,
        "ATOMIC_REQUESTS": False,  # transactions are written where they belong: around one verb
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **server.get("OPTIONS", {}),
            "options": _session_options(process),
            "connect_timeout": 5,
            # A host that vanished frees its row locks within half a minute.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        },
    }


def _session_options(process: str) -> str:
    """What PostgreSQL holds every session of this process to; times are in milliseconds."""
    limits = {
        "statement_timeout": STATEMENT_SECONDS.get(process, 0) * 1000,
        "lock_timeout": 3_000,
        "idle_in_transaction_session_timeout": 15_000 if process in STATEMENT_SECONDS else 0,
    }
    if process == "worker":
        # Nobody looks at a clock there: a large query takes one core, and leaves the others to the quick ones.
        limits["max_parallel_workers_per_gather"] = 0
    return " ".join(f"-c {name}={value}" for name, value in limits.items())

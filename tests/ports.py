"""An address for a server that a test starts."""

import random
import socket

# Below what the kernel gives to whoever asks for any port: it would give ours away before the server has come up.
OURS = range(20_000, 32_000)


def free_port() -> int:
    """A port that nobody listens on, and that nobody gets by chance."""
    while True:
        port = random.SystemRandom().choice(OURS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port

"""Where one embedded installation keeps its things."""

import hashlib
import os
import re
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

# The kernel holds a socket's path in 108 bytes on Linux and 104 on macOS, with the closing zero.
SOCKET_PATH_LIMIT = 100
# What needs no quoting in any of the addresses that carry a socket's path.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")
POSTGRES_SOCKET = ".s.PGSQL.5432"
DATABASE = "abmops"


@dataclass(frozen=True, slots=True)
class Home:
    """The data directory of one installation, and the addresses of the services that live in it."""

    data: Path

    @classmethod
    def at(cls, data: str | Path) -> "Home":
        """The home at `data`, made absolute; nothing is created."""
        return cls(Path(data).expanduser().absolute())

    @property
    def postgres(self) -> Path:
        """PostgreSQL's cluster."""
        return self.data / "postgres"

    @property
    def valkey(self) -> Path:
        """Valkey's append-only file."""
        return self.data / "valkey"

    @property
    def sockets(self) -> Path:
        """The directory of the unix sockets.

        Inside the data directory where that path is short and plain, else in the system's temporary
        directory under a name drawn from the user and the data directory, so that two installations never meet.
        """
        inside = self.data / "run"
        path = str(inside / POSTGRES_SOCKET)
        if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT and PLAIN_PATH.fullmatch(path):
            return inside
        name = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"abmops-{os.getuid()}-{name}"

    @property
    def postgres_sockets(self) -> Path:
        """The directory PostgreSQL listens in; its own, since under root it belongs to another user."""
        return self.sockets / "pg"

    @property
    def valkey_socket(self) -> Path:
        """The socket Valkey listens on."""
        return self.sockets / "valkey"

    @property
    def database_url(self) -> str:
        """The address of the embedded database, for clients that take one."""
        return f"postgresql://{DATABASE}@/{DATABASE}?host={quote(str(self.postgres_sockets), safe='')}"

    @property
    def redis_url(self) -> str:
        """The address of the embedded broker."""
        return f"unix://{self.valkey_socket}"

    @property
    def sign_in(self) -> Path:
        """The demo sign-ins, written by `manage.py sample`: a JSON list of role, email and password."""
        return self.data / "sign-in.json"

    def create(self) -> None:
        """Make the directories, closed to other users."""
        for directory in (self.data, self.sockets):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.sockets.stat().st_uid != os.getuid():
            raise PermissionError(f"{self.sockets} belongs to another user; remove it or set TMPDIR.")

    def secret_key(self) -> str:
        """The installation's own secret key, made on first use and readable by its owner alone."""
        path = self.data / "secret_key"
        if not path.exists():
            self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Whole before it has its name: another process that starts at this moment must not read half of it.
            draft = self.data / f".secret_key-{os.getpid()}-{secrets.token_hex(4)}"
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(50))
            try:
                path.hardlink_to(draft)
            except FileExistsError:
                pass  # another process was faster, and its key is the installation's
            finally:
                draft.unlink()
        return path.read_text().strip()

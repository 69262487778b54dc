"""Which company's network an address is in: a file on this machine, where one is installed; nothing is asked outside.

The last resort (API.md): an account that nothing else names is found by the network its visitor came from. The file is
a MaxMind DB (`.mmdb`, whoever made it) or a CSV of `network,domain[,type]`. It is read once a process and again when
it changes; one that cannot be read says so in the log and names nobody.
"""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import maxminddb
from django.conf import settings
from django.db import connection

from signals.domain import networks
from signals.services.detect.arrivals import Arrival

log = logging.getLogger(__name__)

PLACED_BY = "placed_by"
NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Installed:
    """The file as pages tell of it: its name, how much it holds, or why nobody is placed by it."""

    name: str
    holds: str = ""
    fault: str = ""


class Unusable(Exception):
    """A file that names nobody; the message says why."""


class Database(Protocol):
    """What a file of networks can be asked, of whichever format it is."""

    holds: str

    def company_at(self, address: networks.Address) -> str | None:
        """The domain of the company whose own network the address is in."""


class MaxMind:
    """A MaxMind DB, mapped into memory by its reader: as large as it likes."""

    def __init__(self, path: Path) -> None:
        self._reader = maxminddb.open_database(path, maxminddb.MODE_AUTO)
        self.holds = f"a MaxMind DB of the kind {self._reader.metadata().database_type}"

    def company_at(self, address: networks.Address) -> str | None:
        """By the record of the address."""
        try:
            return networks.company_of(self._reader.get(address))
        except ValueError:  # an IPv6 address, and the file knows none
            return None


class Table:
    """A CSV: the longest network that holds the address names the company. A line that is wrong is left out."""

    def __init__(self, path: Path) -> None:
        self._found: dict[tuple[int, int], dict[int, str | None]] = {}
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.reader(line for line in lines if not line.startswith("#")):
                self._read(row)
        self._lengths = {
            version: sorted((length for of, length in self._found if of == version), reverse=True)
            for version in (4, 6)
        }
        count = sum(map(len, self._found.values()))
        if not count:
            raise Unusable("it has no line of network,domain,type, with commas between them")
        self.holds = f"{count:,} {'network' if count == 1 else 'networks'}"

    def _read(self, row: list[str]) -> None:
        if len(row) < 2:
            return
        try:
            network = ip_network(row[0].strip(), strict=False)
        except ValueError:
            return
        record = {"domain": row[1].strip(), "type": row[2].strip() if len(row) > 2 else ""}
        held = self._found.setdefault((network.version, network.prefixlen), {})
        held[int(network.network_address)] = networks.company_of(record)

    def company_at(self, address: networks.Address) -> str | None:
        """The longest network first; one that is known and is nobody's company ends the search."""
        bits, value = address.max_prefixlen, int(address)
        for length in self._lengths[address.version]:
            held = self._found[(address.version, length)]
            start = value >> (bits - length) << (bits - length)
            if start in held:
                return held[start]
        return None


def domain_of(address: str) -> str | None:
    """The registrable domain of the company whose network a public address is in; None for everything else."""
    return _domain_at(address, *_stamp()) if settings.REVERSE_IP_DB and address else None


@lru_cache(maxsize=16_384)
def _domain_at(address: str, path: str, version: tuple[int, int]) -> str | None:
    found = networks.public_address(address)
    database = _database(path, version)
    return database.company_at(found) if found is not None and database is not None else None


def _stamp() -> tuple[str, tuple[int, int]]:
    """The file and what tells one state of it from the next."""
    path = str(settings.REVERSE_IP_DB)
    try:
        stat = Path(path).stat()
    except OSError:
        return path, (0, 0)
    return path, (stat.st_mtime_ns, stat.st_size)


def installed() -> Installed | None:
    """The file that is installed, as this process reads it now; None where the settings name none."""
    if not settings.REVERSE_IP_DB:
        return None
    found = _open(*_stamp())
    name = Path(str(settings.REVERSE_IP_DB)).name
    return Installed(name, fault=found) if isinstance(found, str) else Installed(name, found.holds)


def _database(path: str, version: tuple[int, int]) -> Database | None:
    found = _open(path, version)
    return None if isinstance(found, str) else found


@lru_cache(maxsize=2)
def _open(path: str, version: tuple[int, int]) -> Database | str:
    """The file, or what is wrong with it: told once in the log, and on the page of machines."""
    try:
        if version == (0, 0):
            raise Unusable("it is not there")
        return MaxMind(Path(path)) if path.lower().endswith(".mmdb") else Table(Path(path))
    except (Unusable, maxminddb.InvalidDatabaseError, OSError, UnicodeDecodeError, csv.Error) as error:
        log.warning("REVERSE_IP_DB names %s: %s. No visitor is placed by network.", path, error)
        return str(error)


def look_up(arrivals: Iterable[Arrival]) -> set[str]:
    """Give arrivals the company of their network and forget their address; returns the keys to look accounts up by."""
    keys: set[str] = set()
    for arrival in arrivals:
        if arrival.address and arrival.type is not None:
            arrival.network = domain_of(arrival.address) or ""
        arrival.address = ""
        if arrival.network:
            keys.add(f"domain:{arrival.network}")
    return keys


def place(arrival: Arrival, accounts: Mapping[str, int]) -> None:
    """The account of the network, for an arrival that nothing else places. The signal says so in its properties."""
    if not arrival.network:
        return
    account_id = accounts.get(f"domain:{arrival.network}")
    if account_id is not None:
        arrival.account_id, arrival.by_network = account_id, True
        arrival.properties = {**arrival.properties, PLACED_BY: NETWORK}


def mark(signal_ids: Sequence[UUID]) -> None:
    """Say of signals that waited, and were placed by their network, that they were."""
    if signal_ids:
        with connection.cursor() as cursor:
            cursor.execute(_MARK, [json.dumps({PLACED_BY: NETWORK}), list(signal_ids)])


_MARK = "UPDATE signals_signal SET properties = properties || %s::jsonb WHERE id = ANY(%s::uuid[])"


def is_by_network(properties: Mapping[str, Any]) -> bool:
    """Whether a stored signal got its account from the network it came from."""
    return properties.get(PLACED_BY) == NETWORK

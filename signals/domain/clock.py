"""When an event happened (skeleton)."""
from __future__ import annotations
from datetime import datetime


def parse_time(text: object, *, pointer: str = "/timestamp") -> datetime:
    """RFC 3339 to an aware UTC datetime; raises FieldErrors (naive times are refused)."""


def occurred_at(*, timestamp: object, sent_at: object, received_at: datetime, pointer: str = "/timestamp") -> datetime:
    """Skew corrected, within limits: never after received_at, never over two years before; raises FieldErrors."""

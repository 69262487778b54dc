"""Who is acting, told to the database with every write, so that the change log can say it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from accounts.models import User, Via

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Act:
    """One act: everything written inside it becomes one `ChangeSet` of this id."""

    id: UUID
    by: Callable[[], Any]
    via: str
    what: str
    side: str
    reason: str
    undoes: UUID | None = None
    at: datetime | None = None


_act: ContextVar[Act | None] = ContextVar("act", default=None)


@contextmanager
def acting(
    *,
    by: User | Callable[[], Any] | None = None,
    via: Via | None = None,
    what: str = "",
    side: str = "",
    reason: str = "",
    change_set: UUID | None = None,
    undoes: UUID | None = None,
    at: datetime | None = None,
) -> Iterator[UUID]:
    """Everything written within is one set of changes by this person, for this reason; gives the set's id.

    Inside another act it is an act of its own, which takes from the outer one what is not said. `by` may be a function
    that finds the person later: a request learns who is calling on its way. `at` is for a past that is written down
    afterwards; an act is dated by its transaction otherwise.
    """
    outer = _act.get()
    found: Callable[[], Any] = by if callable(by) else lambda: by
    act = Act(change_set or uuid4(), found, via or "", what, side, reason, undoes, at)
    if outer is not None:
        act = replace(
            act,
            by=outer.by if by is None else found,
            via=act.via or outer.via,
            what=what or outer.what,
            side=side or outer.side,
            reason=reason or outer.reason,
            at=at or outer.at,
        )
    token = _act.set(act)
    try:
        if outer is None:
            with connection.execute_wrapper(_announce):
                yield act.id
        else:
            yield act.id
    finally:
        _act.reset(token)
    if outer is None and connection.in_atomic_block:
        with connection.cursor() as cursor:  # what the same transaction goes on to write is not this act
            cursor.execute("SELECT set_config('abmops.change', '', true)")


def _announce(execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Put the act before every write, in the same round trip. It lasts as long as the transaction."""
    act = _act.get()
    text = sql.decode("utf-8", "replace") if isinstance(sql, bytes) else sql
    named = getattr(context["cursor"], "name", None)
    if act is None or named or not isinstance(text, str) or not _WRITES.match(text):
        return execute(sql, params, many, context)
    user = act.by()
    said = {
        "id": str(act.id),
        "by": getattr(user, "pk", None),
        "via": act.via,
        "what": act.what[:200],
        "side": act.side,
        "reason": act.reason,
        "undoes": str(act.undoes) if act.undoes else None,
        "at": act.at.isoformat() if act.at else None,
    }
    quoted = json.dumps(said).replace("'", "''")
    head = f"SELECT set_config('abmops.change', '{quoted}', true); "
    if params is not None:
        head = head.replace("%", "%%")
    return execute(head.encode() + sql if isinstance(sql, bytes) else head + sql, params, many, context)

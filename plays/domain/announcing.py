"""How an event reads for a person, from the data that programs get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TIERS = {1: "tier 1", 2: "tier 2", 3: "tier 3"}


def words_of(type_: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """The subject and the text of an event."""
    account = _name(data.get("account"))
    match type_:
        case "list.changed":
            return f"{account} {_list_move(data)}", str(data.get("reason") or "")
        case "crossing.created":
            evidence = str(data.get("why") or "")
            return f"{account} crossed “{_name(data.get('threshold'))}”", evidence
        case "enrollment.created":
            return f"“{_name(data.get('play'))}” started on {account}", str(data.get("why") or "")
        case "enrollment.finished":
            ended = {"completed": "was completed", "exited": "ended early", "cancelled": "was cancelled"}
            how = ended.get(str(data.get("state")), "ended")
            return f"“{_name(data.get('play'))}” {how} on {account}", str(data.get("reason") or "")
        case "task.due":
            return (
                f"{data.get('title')} ({account})",
                f"For {_name(data.get('owner'))}, due {data.get('due_at')}.",
            )
        case "task.breached":
            owed = f"Owed by {_name(data.get('owner'))} since {data.get('due_at')}."
            return f"Late: {data.get('title')} ({account})", owed
        case "escalation.opened":
            return f"To decide by {data.get('deadline')}: {data.get('title')}", str(data.get("why") or "")
        case "escalation.resolved":
            return f"Decided: {data.get('title')}", str(data.get("outcome") or "")
        case "treatment.changed":
            return f"Web and ads: treat {account} as “{data.get('to')}”", str(data.get("means") or "")
        case _:
            return str(data.get("subject") or type_), str(data.get("text") or "")


def _name(thing: object) -> str:
    return str(thing.get("name") or "") if isinstance(thing, Mapping) else ""


def _list_move(data: Mapping[str, Any]) -> str:
    before, after = data.get("from_tier"), data.get("tier")
    if after is None:
        return "left the target list"
    if before is None:
        return f"joined the target list in {TIERS.get(after, after)}"
    return f"moved from {TIERS.get(before, before)} to {TIERS.get(after, after)}"

"""What a person pasted into the tester, taken apart: Segment messages, records, lists and batches of them, or lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from signals.domain.segment import CALLS

Form = Literal["segment", "record", "unclear"]

MOST = 20
"""Events tried in one go."""

WHOSE = frozenset({"account_domain", "account_external_id", "contact_email"})
RECORD_FIELDS = WHOSE | {"occurred_at", "strength"}
SEGMENT_FIELDS = frozenset({"event", "userId", "anonymousId", "context", "traits", "properties", "messageId"})

NEITHER = (
    "This is neither a call as Segment's libraries make it nor a record of the API. For what a vendor posts to a "
    "source's hook, choose that source; if it has no mapping yet, RevOps writes one on its page."
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing pasted. `error` is a sentence where it cannot be read; where only the source's mapping might, it is a
    `document` all the same. `note` is what was taken for granted.

    `is_ours`: it says of itself that it is a call of Segment's, or has the account of a record; else a vendor's body
    may only look like one, so a source's mapping is asked first.
    """

    form: Form
    document: Mapping[str, Any] = field(default_factory=dict)
    raw: bytes = b""
    error: str = ""
    note: str = ""
    is_ours: bool = False


def read(text: str) -> list[Piece]:
    """The pieces, in order, at most `MOST`; broken text is one piece that says where it breaks."""
    text = text.strip().lstrip("\ufeff")
    if not text:
        return [Piece("unclear", error="Paste an event: a JSON object as a library or a program sends it.")]
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and all(
            line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines
        ):
            return [piece for line in lines[:MOST] for piece in _line(line)]
        return [Piece("unclear", error=_where(error))]
    return list(_pieces(whole))[:MOST]


def of_document(document: object) -> Piece:
    """One event that was read already."""
    return next(_pieces([document]))


def of_the_crm(piece: Piece) -> Piece:
    """A fact as the CRM tells it: it is of an account, and nobody does it; so nobody needs to be named."""
    if {"userId", "anonymousId"} & piece.document.keys():
        return piece
    document = {**piece.document, "anonymousId": "crm"}
    note = (
        "Tried as a fact of the CRM, which knows by itself whose deal or meeting it is. Add "
        '"context": {"groupId": "company.example"} to see what it does to that account.'
    )
    return Piece(
        "segment", document, json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"), note=note
    )


def _line(line: str) -> Iterator[Piece]:
    try:
        yield from _pieces(json.loads(line))
    except (ValueError, RecursionError) as error:
        yield Piece("unclear", error=_where(error))


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"This is not JSON: line {error.lineno}, column {error.colno}: {error.msg.lower()}."
    return "This is not JSON that we can read: it is nested too deep, or holds a number that is too large."


def _pieces(whole: object) -> Iterator[Piece]:
    if isinstance(whole, dict) and isinstance(whole.get("batch"), list):
        sent = {"sentAt": whole["sentAt"]} if isinstance(whole.get("sentAt"), str) else {}
        for one in whole["batch"]:
            yield _piece({**sent, **one} if isinstance(one, dict) else one)
    elif isinstance(whole, dict) and isinstance(whole.get("records"), list):
        yield from map(_piece, whole["records"])
    elif isinstance(whole, list):
        yield from map(_piece, whole)
    else:
        yield _piece(whole)


def _piece(one: object) -> Piece:
    if not isinstance(one, dict):
        return Piece("unclear", error="An event is a JSON object in braces; this is something else.")
    kind = one.get("type")
    is_call = isinstance(kind, str) and kind in CALLS
    is_ours = is_call or bool(WHOSE & one.keys())
    if not is_call and (
        RECORD_FIELDS & one.keys() or (isinstance(kind, str) and not SEGMENT_FIELDS & one.keys())
    ):
        return Piece("record", one, is_ours=is_ours)
    if one and not one.keys() & (SEGMENT_FIELDS | {"type", "name", "groupId", "previousId"}):
        return Piece("unclear", one, error=NEITHER)
    document, note = dict(one), ""
    if "type" not in one and ("event" in one or "name" in one or "context" in one):
        document["type"] = "track" if "event" in one else "page"
        note = f"It does not say what kind of call it is; tried as a {document['type']} call."
    raw = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return Piece("segment", document, raw, note=note, is_ours=is_ours)

"""A mapping as a person or an integration wrote it, read whole: every fault at once, with its place and its cure."""

from __future__ import annotations

import re
from collections.abc import Mapping as Document
from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo

from abmops.lib.errors import FieldError, FieldErrors
from signals.domain.mapping import moments
from signals.domain.mapping.only import ASKS, Only, is_known
from signals.domain.mapping.place import Misplaced, Place, levels, plain, read
from signals.domain.mapping.rule import ANY, FIELDS, LARGEST, WHO, Rule

MAX_RULES = 50
MAX_TABLE = 500
MAX_TEXT = 300
_KEYS = ("items", "only", "record", "followed_topics_only")
_RULE_KEYS = ("path", "value", "template", "table", "otherwise", "out_of", "format", "zone")
_HOLE = re.compile(r"\{([^{}]*)\}")
ALL = "*"


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a source's own words mean. `kept` are the properties; None keeps every plain value of the item."""

    levels: tuple[tuple[str, bool], ...]
    only: tuple[Only, ...]
    fields: tuple[tuple[str, Rule], ...]
    kept: tuple[tuple[str, Rule], ...] | None
    followed_topics_only: bool
    items: str = ""

    def types(self) -> frozenset[str]:
        """The slugs of signal types that the mapping names: constants, values of tables, otherwise."""
        rule = dict(self.fields)["type"]
        named = [rule.value, rule.otherwise, *(value for _, value in rule.table)]
        return frozenset(str(one) for one in named if isinstance(one, str) and one)


class _Reader:
    """Reads a document and gathers what is wrong with it."""

    def __init__(self, pointer: str) -> None:
        self.pointer = pointer
        self.faults: list[FieldError] = []

    def wrong(self, where: str, detail: str) -> None:
        self.faults.append(FieldError(f"{self.pointer}{where}", detail))


def parse(document: object, *, pointer: str = "") -> Mapping:
    """The mapping; FieldErrors with everything that is wrong with it."""
    reader = _Reader(pointer)
    if not isinstance(document, dict):
        raise FieldErrors([FieldError(pointer, 'A mapping is an object: {"items": "...", "record": {...}}.')])
    body = cast("dict[str, object]", document)
    for key in body:
        if key not in _KEYS:
            reader.wrong(f"/{key}", f"“{str(key)[:60]}” is not known in a mapping; use {', '.join(_KEYS)}.")
    items = body.get("items", "")
    steps: tuple[tuple[str, bool], ...] = ()
    if isinstance(items, str):
        try:
            steps = levels(items)
        except Misplaced as error:
            reader.wrong("/items", str(error))
    else:
        reader.wrong(
            "/items",
            "“items” says where the list lies, such as data.companies[]; leave it empty for the body itself.",
        )
    followed = body.get("followed_topics_only", False)
    if not isinstance(followed, bool):
        reader.wrong("/followed_topics_only", "Must be true or false.")
    only = _only(reader, body.get("only", []))
    fields, kept = _record(reader, body.get("record"))
    if reader.faults:
        raise FieldErrors(reader.faults)
    return Mapping(steps, only, fields, kept, bool(followed), str(items).strip())


def _only(reader: _Reader, document: object) -> tuple[Only, ...]:
    if not isinstance(document, list) or len(document) > MAX_RULES:
        reader.wrong(
            "/only", f"“only” is a list of at most {MAX_RULES} conditions, all of which an item must meet."
        )
        return ()
    found = []
    for index, one in enumerate(document):
        where = f"/only/{index}"
        if not isinstance(one, dict):
            reader.wrong(where, 'A condition is an object, such as {"path": "score", "at_least": 60}.')
            continue
        asks = [key for key in one if key in ASKS]
        strange = [key for key in one if key not in (*ASKS, "path", "called")]
        place = _place(reader, f"{where}/path", one.get("path"))
        called = one.get("called", "")
        if strange:
            reader.wrong(
                f"{where}/{strange[0]}",
                f"“{str(strange[0])[:60]}” is not known here; use path, called and one of {', '.join(ASKS)}.",
            )
        elif len(asks) != 1:
            reader.wrong(where, f"Say exactly one of {', '.join(ASKS)}.")
        elif not isinstance(called, str) or len(called) > MAX_TEXT:
            reader.wrong(f"{where}/called", "“called” is a short text: what items are that do not meet it.")
        elif fault := is_known(asks[0], one[asks[0]]):
            reader.wrong(f"{where}/{asks[0]}", fault)
        elif place is not None:
            found.append(Only(place, asks[0], one[asks[0]], called.strip()))
    return tuple(found)


def _record(
    reader: _Reader, document: object
) -> tuple[tuple[tuple[str, Rule], ...], tuple[tuple[str, Rule], ...] | None]:
    if not isinstance(document, dict):
        reader.wrong("/record", f"“record” says where each field comes from: {', '.join(FIELDS)}.")
        return (), ()
    fields = []
    for name, said in document.items():
        if name not in FIELDS:
            reader.wrong(
                f"/record/{str(name)[:60]}",
                f"A signal has no field “{str(name)[:60]}”; it has {', '.join(FIELDS)}.",
            )
        elif name != "properties":
            rule = _rule(reader, f"/record/{name}", said, name)
            if rule is not None:
                fields.append((name, rule))
    if "type" not in document:
        reader.wrong("/record/type", 'Say which signal type the items are, such as {"value": "topic-surge"}.')
    if not any(name in document for name in WHO):
        reader.wrong("/record", f"Nothing says whose signals these are. Give one of {', '.join(WHO)}.")
    return tuple(fields), _kept(reader, document.get("properties", {}))


def _kept(reader: _Reader, document: object) -> tuple[tuple[str, Rule], ...] | None:
    if document == ALL:
        return None
    if not isinstance(document, dict) or len(document) > MAX_RULES:
        reader.wrong(
            "/record/properties",
            f"“properties” is “*” for every plain value of the item, or at most {MAX_RULES} names with their paths.",
        )
        return ()
    found = []
    for name, said in document.items():
        rule = _rule(reader, f"/record/properties/{str(name)[:60]}", said, "properties")
        if rule is not None:
            found.append((str(name)[:120], rule))
    return tuple(found)


def _rule(reader: _Reader, where: str, said: object, name: str) -> Rule | None:
    before = len(reader.faults)
    if isinstance(said, str):
        place = _place(reader, where, said)
        return Rule(places=(place,)) if place else None
    if not isinstance(said, dict):
        reader.wrong(
            where, 'Say a path, such as "company.domain", or an object with path, value or template.'
        )
        return None
    body = cast("dict[str, object]", said)
    for key in body:
        if key not in _RULE_KEYS:
            reader.wrong(
                f"{where}/{str(key)[:60]}",
                f"“{str(key)[:60]}” is not known here; use {', '.join(_RULE_KEYS)}.",
            )
    ways = [key for key in ("path", "value", "template") if key in body]
    if len(ways) != 1:
        reader.wrong(where, "Say exactly one of path, value and template.")
    for key in ("value", "otherwise"):
        if key in body and (body[key] == "" or not isinstance(body[key], str | int | float)):
            reader.wrong(f"{where}/{key}", "Must be a text or a number.")
    rule = Rule(
        places=_places(reader, f"{where}/path", body["path"]) if "path" in body else (),
        value=body.get("value"),
        template=_template(reader, f"{where}/template", body["template"]) if "template" in body else (),
        table=_table(reader, f"{where}/table", body["table"]) if "table" in body else (),
        otherwise=body.get("otherwise"),
        out_of=_out_of(reader, where, body, name),
        forms=_forms(reader, where, body, name),
        zone=_zone(reader, where, body, name),
    )
    return rule if len(reader.faults) == before else None


def _place(reader: _Reader, where: str, said: object) -> Place | None:
    if not isinstance(said, str):
        reader.wrong(where, "A path is a text, such as company.domain.")
        return None
    try:
        return read(said)
    except Misplaced as error:
        reader.wrong(where, str(error))
        return None


def _places(reader: _Reader, where: str, said: object) -> tuple[Place, ...]:
    paths = said if isinstance(said, list) else [said]
    if not paths or len(paths) > MAX_RULES:
        reader.wrong(where, "Give one path or several; the first that holds something is taken.")
        return ()
    found = (_place(reader, where, path) for path in paths)
    return tuple(place for place in found if place is not None)


def _template(reader: _Reader, where: str, said: object) -> tuple[str | Place, ...]:
    if not isinstance(said, str) or not 0 < len(said) <= MAX_TEXT or not _HOLE.search(said):
        reader.wrong(where, "A template is a text with paths in braces, such as {id}:{topic}.")
        return ()
    parts: list[str | Place] = []
    at = 0
    for hole in _HOLE.finditer(said):
        if hole.start() > at:
            parts.append(said[at : hole.start()])
        place = _place(reader, where, hole[1])
        if place is not None:
            parts.append(place)
        at = hole.end()
    if at < len(said):
        parts.append(said[at:])
    return tuple(parts)


def _table(reader: _Reader, where: str, said: object) -> tuple[tuple[str, object], ...]:
    if not isinstance(said, dict) or not 0 < len(said) <= MAX_TABLE:
        reader.wrong(
            where, 'A table is an object of their words and ours, such as {"compare": "review-comparison"}.'
        )
        return ()
    table: dict[str, object] = {}
    for theirs, ours in said.items():
        if not isinstance(ours, str | int | float) or isinstance(ours, bool) or ours == "":
            reader.wrong(f"{where}/{str(theirs)[:60]}", "Must be a text or a number.")
        table[ANY if str(theirs).strip() == ANY else plain(str(theirs))] = ours
    return tuple(table.items())


def _out_of(reader: _Reader, where: str, body: Document[str, object], name: str) -> float | None:
    said = body.get("out_of")
    if "out_of" not in body:
        return None
    if name != "strength":
        reader.wrong(f"{where}/out_of", "“out_of” belongs to strength only.")
    elif isinstance(said, bool) or not isinstance(said, int | float) or not 0 < said <= LARGEST:
        reader.wrong(
            f"{where}/out_of", "Must be the most that the sender gives, such as 1 or 5; it becomes 100."
        )
    else:
        return float(said)
    return None


def _forms(reader: _Reader, where: str, body: Document[str, object], name: str) -> tuple[str, ...]:
    if "format" not in body:
        return ()
    said = body["format"]
    forms = said if isinstance(said, list) else [said]
    if name != "occurred_at":
        reader.wrong(f"{where}/format", "“format” belongs to occurred_at only.")
        return ()
    for form in forms:
        if not isinstance(form, str) or len(form) > 60:
            reader.wrong(
                f"{where}/format", "A form of a date is a text, such as DD/MM/YYYY, unix or unix_ms."
            )
            return ()
        if form not in (moments.UNIX, moments.UNIX_MS):
            try:
                moments.pattern(form)
            except moments.Unclear as error:
                reader.wrong(f"{where}/format", str(error))
                return ()
    return tuple(forms)


def _zone(reader: _Reader, where: str, body: Document[str, object], name: str) -> ZoneInfo:
    said = body.get("zone", "UTC")
    if "zone" in body and name != "occurred_at":
        reader.wrong(f"{where}/zone", "“zone” belongs to occurred_at only.")
    try:
        return ZoneInfo(str(said)[:60])
    except (KeyError, ValueError, OSError):
        reader.wrong(f"{where}/zone", f"There is no time zone {str(said)[:60]}. Write it like Europe/Berlin.")
        return ZoneInfo("UTC")

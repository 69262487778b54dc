"""The condition in the editor's form: read from its fields, and laid out in rows again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from abmops.lib.choices import SourceKind
from abmops.ui import typed
from signals.domain.catalogue import topic_key
from signals.domain.condition.draft import NEW, Draft, Fault, Path, key_of, may, may_grow, new, parts_of
from signals.domain.condition.parsing import BRANCHES, COUNTING, KEYS, MAX_DEPTH, MAX_NODES
from signals.models import SignalType, Topic

ROOT = "r"
INDEXES = frozenset(str(index) for index in range(MAX_NODES))
FACTS: tuple[tuple[str, str], ...] = (
    ("count", "Number of signals"),
    ("distinct_signals", "Independent signals"),
    ("distinct_contacts", "Different people"),
    ("distinct_types", "Different types of signal"),
    ("intent", "Intent score"),
    ("fit", "Fit score"),
    ("score", "The score"),
    ("score_rise", "Rise of the score"),
    ("dormant", "Silence"),
)
"""The facts on offer, as the editor calls them."""

GROUPS: tuple[tuple[str, str], ...] = (("all", "All of these"), ("any", "Any of these"))
KINDS = dict(SourceKind.choices)


def place_of(path: Path) -> str:
    """`r-0-2`: a part's place as it stands in the names of its fields."""
    return "-".join([ROOT, *(str(index) for index in path)])


def path_of(place: str) -> Path | None:
    """The path of a place; None for what is none."""
    head, *rest = place.split("-")
    if head != ROOT or len(rest) > MAX_DEPTH or not all(one in INDEXES for one in rest):
        return None
    return tuple(int(one) for one in rest)


def from_form(form: QueryDict) -> Draft | None:
    """The condition of the editor's form, faults and all; None where the form holds none."""
    return _read(form, (), [MAX_NODES + 1])


def _read(form: QueryDict, path: Path, room: list[int]) -> Draft | None:
    place = place_of(path)
    key = form.get(f"key-{place}", "")
    if key not in KEYS or len(path) > MAX_DEPTH or room[0] <= 0:
        return None
    room[0] -= 1
    if key in BRANCHES:
        parts: list[Draft] = []
        while (part := _read(form, (*path, len(parts)), room)) is not None:
            parts.append(part)
        return {key: parts}
    was = form.get(f"was-{place}", key)
    if was != key and not (was in COUNTING and key in COUNTING):
        return new(key)
    body: dict[str, Any] = {}
    if key in COUNTING:
        for name in ("types", "kinds"):
            if chosen := _texts(form.getlist(f"{name}-{place}")):
                body[name] = chosen
        written = [topic_key(one) for one in form.get(f"topic-{place}", "").split(";")]
        if topics := _texts([*form.getlist(f"topics-{place}"), *written]):
            body["topics"] = topics
        if form.get(f"qualifying-{place}"):
            body["qualifying"] = True
    for name in ("at_least", "days"):
        if name in NEW[key] and (text := form.get(f"{name}-{place}", "").strip()):
            body[name] = typed.number(text)
    return {key: body}


def _texts(values: Iterable[str]) -> list[str]:
    clean = (value.replace("\0", "").strip() for value in values)
    return list(dict.fromkeys(value[:120] for value in clean if value))


@dataclass(frozen=True, slots=True)
class Option:
    """A value on offer, and whether the row names it. `note` says what is amiss with it, if anything."""

    value: str
    label: str
    is_chosen: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What conditions can name: the types by slug, and the topics that we follow."""

    types: Mapping[str, SignalType]
    topics: Sequence[str]

    @property
    def names(self) -> Mapping[str, str]:
        """What people call each type."""
        return {slug: one.name for slug, one in self.types.items()}


def vocabulary() -> Vocabulary:
    """The signal types and topics that a condition can name. Two queries."""
    types = {one.slug: one for one in SignalType.objects.order_by("-is_active", "name").defer("rules")}
    topics = Topic.objects.filter(is_active=True).order_by("name").values_list("key", flat=True)
    return Vocabulary(types, list(topics))


@dataclass(frozen=True, slots=True)
class Row:
    """A part of the condition as a row of the editor: a group with its rows, or a fact with its fields."""

    place: str
    number: str
    key: str
    body: Mapping[str, Any]
    label: str
    may: frozenset[str]
    may_grow: bool
    parts: list[Row] = field(default_factory=list)
    types: list[Option] = field(default_factory=list)
    kinds: list[Option] = field(default_factory=list)
    topics: list[Option] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        """Whether it holds rows."""
        return self.key in BRANCHES

    @property
    def counts(self) -> bool:
        """Whether it counts signals, and so can be narrowed to some of them."""
        return self.key in COUNTING

    @property
    def asks(self) -> frozenset[str]:
        """The numbers it takes: `at_least`, `days`."""
        return frozenset(NEW[self.key])

    def walk(self) -> Iterable[Row]:
        """It and all below, in reading order."""
        yield self
        for part in self.parts:
            yield from part.walk()


def rows_of(draft: Draft, faults: Sequence[Fault], words: Vocabulary) -> Row:
    """The rows of a draft, each fault at its own."""
    return _row(draft, draft, faults, words, ())


def _row(whole: Draft, draft: Draft, faults: Sequence[Fault], words: Vocabulary, path: Path) -> Row:
    key = key_of(draft)
    body = {} if key in BRANCHES else draft[key]
    row = Row(
        place=place_of(path),
        number=".".join(str(index + 1) for index in path),
        key=key,
        body=body,
        label=dict((*FACTS, *GROUPS))[key],
        may=may(whole, path),
        may_grow=may_grow(whole, path),
        faults=[_plain(fault) for fault in faults if fault.path == path],
    )
    row.parts.extend(
        _row(whole, part, faults, words, (*path, index)) for index, part in enumerate(parts_of(draft))
    )
    if row.counts:
        known = {
            slug: Option(slug, one.name, False, "" if one.is_active else "retired")
            for slug, one in words.types.items()
        }
        row.types.extend(_options(body.get("types", ()), known, "not in the catalogue"))
        row.kinds.extend(
            _options(body.get("kinds", ()), {kind: Option(kind, name, False) for kind, name in KINDS.items()})
        )
        row.topics.extend(
            _options(body.get("topics", ()), {one: Option(one, one, False) for one in words.topics})
        )
    return row


def _options(chosen: Sequence[str], known: Mapping[str, Option], unknown: str = "") -> list[Option]:
    """The chosen first, in their order, so that a condition comes back as it was; a retired one only where chosen."""
    first = []
    for value in chosen:
        one = known.get(value)
        first.append(Option(value, one.label if one else value, True, one.note if one else unknown))
    return [*first, *(one for value, one in known.items() if value not in chosen and not one.note)]


FIELD_WORDS = {
    "“at_least”": "“At least”",
    "“days”": "“Within days”",
    "“types”": "“Types”",
    "“topics”": "“Topics”",
}


def _plain(fault: Fault) -> str:
    """A fault in the words of the form."""
    said = fault.detail
    for name, words in FIELD_WORDS.items():
        said = said.replace(name, words)
    return said

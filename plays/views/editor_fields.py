"""The fields of the play editor, each with the faults and the advice that are about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from plays.domain.draft import Document

WHOLE = "whole"
"""Where a sentence goes that is about no field in particular."""


@dataclass(frozen=True, slots=True)
class Input:
    """One field. `kind`: number, text, area, select, checks, flag. `faults` stand beside it; `notes` are advice."""

    name: str
    label: str
    kind: str
    value: Any = ""
    help: str = ""
    unit: str = ""
    options: Sequence[tuple[str, str, bool]] = ()
    suggestions: Sequence[str] = ()
    faults: Sequence[str] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What can be chosen from: slug -> name. `statuses`: of thresholds; `stages`: what deals have been in;
    `personas`, `seniorities`: what contacts are called.
    """

    thresholds: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    territories: Mapping[str, str] = field(default_factory=dict)
    stages: Sequence[str] = ()
    personas: Sequence[str] = ()
    seniorities: Sequence[str] = ()

    @property
    def names(self) -> Mapping[str, str]:
        """Slug -> what people call it."""
        return {**self.territories, **self.thresholds}


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence away from its field: what the field is called, and where it stands."""

    anchor: str
    label: str
    detail: str


class Slots:
    """Sentences by the field that they are about."""

    def __init__(self, said: Iterable[tuple[str, str]], document: Document) -> None:
        self._by_slot: dict[str, list[str]] = defaultdict(list)
        for pointer, sentence in said:
            self._by_slot[slot_of(pointer, document)].append(sentence)

    def at(self, slot: str) -> list[str]:
        """The sentences about what is wrong with one field."""
        return self._by_slot.get(slot, [])

    def told(self, labels: Mapping[str, str]) -> list[Told]:
        """All of them with the names of their fields; what is about no field there leads nowhere."""
        return [
            Told(f"f-{slot}" if slot in labels else "", labels.get(slot, ""), sentence)
            for slot, sentences in self._by_slot.items()
            for sentence in sentences
        ]


_RENAMED = {
    "trigger": "trigger-crossing",
    "trigger-contact_engaged-contacts_at_most": "trigger-contacts_at_most",
    "trigger-score-at_least": "trigger-score",
    "steps": WHOLE,
    "audience": "audience-tiers",
    "contract": "contract-outcome",
    "throttle": "throttle-live_per_account",
}
_STEP = (
    "key", "channel", "side", "role", "wait_days", "wait_business_days", "wait_hours", "opens_between", "tries",
    "sla_hours", "title", "instructions", "surface",
)  # fmt: skip
_ASKED = ("gap", "at_least", "role", "persona", "seniority", "engaged_days")
_FLAT = ("name", "purpose", "owner", "reason", "exits", "priority", "holdout")
_PAIRS = {
    "trigger": ("crossing", "joined_tier", "stage", "contact_engaged", "score", "hand_raise", "manual"),
    "audience": ("tiers", "fit_at_least", "phases", "lifecycles", "industries", "territories", "committee"),
    "contract": ("outcome", "days"),
    "throttle": ("live_per_account", "new_per_owner_per_week", "cooldown_days"),
}


def slot_of(pointer: str, document: Document) -> str:
    """The field that a JSON pointer of `plays.domain.parse` is about: `/steps/0/sla_hours` -> `steps-0-sla_hours`."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    head, rest = (parts[0] if parts else ""), parts[1:]
    if head == "steps" and rest:
        name = rest[1] if len(rest) > 1 else ""
        if name == "variants" and len(rest) > 2:
            variants = list(document["steps"][int(rest[0])].get("variants") or {})
            if rest[2] in variants:
                return f"steps-{rest[0]}-variant-{variants.index(rest[2])}"
        return f"steps-{rest[0]}-{name if name in _STEP else 'key'}"
    joined = "-".join(parts)
    if joined.startswith("audience-committee-"):
        item = document["audience"]["committee"][int(rest[1])]
        name = rest[2] if len(rest) > 2 and rest[2] in _ASKED else "gap" if "gap" in item else "at_least"
        return f"{head}-{rest[0]}-{rest[1]}-{name}"
    if joined in _RENAMED:
        return _RENAMED[joined]
    if head in _FLAT:
        return head
    if rest and rest[0] in _PAIRS.get(head, ()):
        return f"{head}-{rest[0]}"
    return _RENAMED.get(head, WHOLE)


class Maker:
    """Fields with what is said about them."""

    def __init__(self, document: Document, faults: Slots, notes: Slots) -> None:
        self.document, self._faults, self._notes = document, faults, notes

    def one(self, name: str, label: str, kind: str, value: Any, **more: Any) -> Input:
        return Input(
            name=name,
            label=label,
            kind=kind,
            value=_shown(value),
            faults=self._faults.at(name),
            notes=self._notes.at(name),
            **more,
        )

    def checks(
        self, name: str, label: str, known: Iterable[tuple[Any, str]], chosen: Sequence[Any], **more: Any
    ) -> Input:
        """The chosen come first, in their order, so that a play comes back as it was; those not known any more stay."""
        offered = {str(value): said for value, said in known}
        ticked = [str(value) for value in chosen]
        options = [(value, offered.get(value, f"{value} (not known here)"), True) for value in ticked]
        options += [(value, said, False) for value, said in offered.items() if value not in ticked]
        return self.one(name, label, "checks", "", options=options, **more)

    def choice(
        self, name: str, label: str, known: Iterable[tuple[str, str]], value: Any, **more: Any
    ) -> Input:
        offered = dict(known)
        if value and str(value) not in offered:
            offered[str(value)] = f"{value} (not known here)"
        options = [(one, said, one == value) for one, said in offered.items()]
        return self.one(name, label, "select", value, options=options, **more)


def _shown(value: Any) -> Any:
    """Nothing as nothing, and a whole number without its decimals."""
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else value

"""One editor on one request: the play it is about, the document that stands in it, and all that is said about that."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms

from abmops.lib.errors import FieldError, FieldErrors
from accounts.models import User
from plays.domain import sentences
from plays.domain.advice import advice
from plays.domain.definition import PlayDefinition
from plays.domain.difference import Change, changes_between
from plays.domain.draft import Document
from plays.domain.parse import DEFINITION_FIELDS, MAX_STEPS, read_play
from plays.models import Play, PlayVersion
from plays.selectors import editing
from plays.selectors.library import definition_of
from plays.selectors.pages import flow_of
from plays.services.play import drafting
from plays.services.play.naming import must_be_free
from plays.views.editor_fields import WHOLE, Known, Slots
from plays.views.editor_folds import open_folds
from plays.views.editor_parts import parts_of
from plays.views.editor_steps import CHANNELS, MERGE_FIELDS, steps_of


class NameForm(forms.Form):
    """What a play is called, what it is for and who looks after it; and why it is changed."""

    name = forms.CharField(
        max_length=120, help_text="What people will call it, such as “Hot intent response”."
    )
    purpose = forms.CharField(
        label="What it is to achieve",
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A sentence or two. Whoever gets a task of it reads this.",
    )
    owner = forms.ModelChoiceField(queryset=User.objects.none(), required=False, empty_label="Nobody yet")
    reason = forms.CharField(
        label="Why this change",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="A sentence that still makes sense in a year. Needed for the review, kept with the version.",
    )

    def __init__(self, *args: Any, play: Play | None = None, **kwargs: Any) -> None:
        """`play`: the one that is edited, whose owner stays on offer even where they have left."""
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.here(besides=play.owner_id if play else None)
        owner.label_from_instance = lambda person: person.name
        self._play = play

    def clean_name(self) -> str:
        """A name of its own, so that nobody takes one play for another; that of a retired one is free again."""
        name = str(self.cleaned_data["name"])
        try:
            must_be_free(name, play=self._play)
        except FieldErrors as error:
            raise forms.ValidationError(error.message) from None
        return name


def first_values(play: Play | None, draft: PlayVersion | None, by: User) -> dict[str, Any]:
    """What the form shows when it is opened."""
    if play is None:
        return {"owner": by.pk}
    reason = draft.reason if draft is not None else ""
    return {"name": play.name, "purpose": play.purpose, "owner": play.owner_id, "reason": reason}


@dataclass
class Desk:
    """`draft`: the play's open version. `theirs`: what somebody else has saved since this was opened. `opened`: the
    folds that stand open.
    """

    play: Play | None
    document: Document
    form: NameForm
    draft: PlayVersion | None
    seen: str = ""
    json_text: str = ""
    json_faults: tuple[str, ...] = ()
    theirs: PlayVersion | None = None
    opened: frozenset[str] = frozenset()
    _account: str | None = field(default=None)
    _contact: int | None = field(default=None)

    def take(self, document: Document) -> None:
        """Put another document on the desk; fields that a play does not have are left out."""
        self.document = {name: document[name] for name in DEFINITION_FIELDS if name in document}

    def ask_about(self, account: str | None, contact: str) -> None:
        """On which account it is to be read, and for whom."""
        self._account = account
        self._contact = int(contact) if contact.isdecimal() and len(contact) < 12 else None

    @property
    def _reading(self) -> tuple[PlayDefinition, list[FieldError]]:
        return read_play(self.document)

    @property
    def faults(self) -> list[FieldError]:
        """What is wrong with what it says."""
        return self._reading[1]

    @cached_property
    def choices(self) -> editing.Choices:
        """What can be chosen from."""
        return editing.choices()

    def context(self, by: User, now: datetime) -> dict[str, Any]:
        """All that the templates of the editor show."""
        definition, faults = self._reading
        chosen = self.choices
        known = Known(
            chosen.thresholds, chosen.statuses, chosen.territories, chosen.stages, chosen.personas, chosen.seniorities
        )  # fmt: skip
        slots = Slots([(one.pointer, one.detail) for one in faults], self.document)
        advised = advice(definition, chosen.statuses)
        notes = Slots([(one.pointer, one.detail) for one in advised], self.document)
        parts = parts_of(self.document, definition, known, slots, notes)
        steps = steps_of(self.document, definition, slots, notes, chosen.personas)
        labels = {one.name: f"{part.title}, {one.label}" for part in parts for one in part.every_input()}
        labels |= {one.name: f"Step {row.number}, {one.label}" for row in steps for one in row.inputs()}
        account = editing.account_like(self._account or "", by)
        current = self.play.current if self.play else None
        return {
            "now": now,
            "play": self.play,
            "draft": self.draft,
            "current": current,
            "form": self.form,
            "seen": self.seen,
            "parts": parts,
            "steps": steps,
            "open_folds": open_folds(self.opened, parts, steps),
            "channels": CHANNELS,
            "has_room": len(self.document.get("steps") or ()) < MAX_STEPS,
            "whole_faults": slots.at(WHOLE),
            "whole_notes": notes.at(WHOLE),
            "faults": slots.told(labels),
            "advised": notes.told(labels),
            "aloud": "" if faults else sentences.read_aloud(definition, known.names),
            "trigger": sentences.trigger_sentence(definition.trigger, known.names),
            "audience": sentences.audience_sentence(definition.audience, known.names),
            "exits": sentences.exits_sentence(definition.exits),
            "contract": sentences.contract_sentence(definition),
            "flow": flow_of(definition, {}),
            "changes": self._changes(definition, current, known) if not faults else (),
            "theirs": self.theirs,
            "their_changes": self._changes(definition, self.theirs, known) if not faults else (),
            "is_overtaken": self.play is not None and drafting.is_overtaken(self.play, self.draft),
            "merge_fields": MERGE_FIELDS,
            "json_text": self.json_text or json.dumps(self.document, indent=2, ensure_ascii=False),
            "json_faults": self.json_faults,
            "on_account": self._account or (account.domain if account else ""),
            "account": account,
            "asked_for": self._account,
            "preview": editing.preview(definition, account, contact_id=self._contact, now=now)
            if account is not None
            else None,
        }

    def _changes(
        self, definition: PlayDefinition, against: PlayVersion | None, known: Known
    ) -> tuple[Change, ...]:
        """What this says against another version."""
        if against is None or (
            self.draft is not None and against.pk == self.draft.pk and self.theirs is None
        ):
            return ()
        return changes_between(definition_of(against), definition, known.names)

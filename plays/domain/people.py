"""Whom a step goes to, and how its task reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from plays.domain import merge
from plays.domain import vocabulary as words
from plays.domain.definition import Step

_VERBS: Final = {
    "call": "Call {person}",
    "email": "Email {person}",
    "linkedin": "Write to {person} on LinkedIn",
    "direct_mail": "Send direct mail to {person}",
    "meeting": "Meet {person}",
    "event": "Invite {person} to an event",
    "ad": "Run ads for {account}",
    "web": "Prepare the page for {account}",
    "other": "Take the next step with {person}",
}


@dataclass(frozen=True, slots=True)
class Someone:
    """A contact of the account as far as a step cares. `no_channels`: the channels they opted out of.

    `touched`: the moments of their touches that count towards a week, made and promised (`plays.domain.pressure`).
    `acted_at`: when they last did something themselves, as far back as `plays.domain.facts.ENGAGED`.
    """

    id: int
    name: str
    title: str = ""
    role: str = ""
    persona: str = ""
    influence: int | None = None
    do_not_contact: bool = False
    no_channels: frozenset[str] = field(default_factory=frozenset)
    touched: tuple[datetime, ...] = ()
    seniority: str = ""
    acted_at: datetime | None = None

    def may_be_reached_by(self, channel: str) -> bool:
        """Neither do-not-contact nor opted out of the channel."""
        return not self.do_not_contact and channel not in self.no_channels


def choose_contact(
    people: Sequence[Someone], step: Step, *, preferred_id: int | None = None
) -> Someone | None:
    """Whom the step goes to: whoever acted, else somebody the step has words for, else the most influential.

    Never somebody who may not be reached by the channel; blockers come last. None: nobody is left, or the channel
    reaches nobody in person (ads, the web).
    """
    if step.channel in ("ad", "web"):
        return None
    open_to = [one for one in people if one.may_be_reached_by(step.channel)]
    if not open_to:
        return None

    def rank(one: Someone) -> tuple[bool, bool, bool, int, int]:
        has_words = one.role in step.variants or one.persona in step.variants
        return (one.id != preferred_id, one.role == "blocker", not has_words, -(one.influence or 0), one.id)

    return min(open_to, key=rank)


@dataclass(frozen=True, slots=True)
class Wording:
    """What a task says: its title and the instructions."""

    title: str
    instructions: str


def values_for(contact: Someone | None, *, account: str, industry: str, owner: str) -> dict[str, str]:
    """What the merge fields of a text mean for this contact and account; empty where nothing is known."""
    return {
        "account.name": account,
        "account.industry": industry,
        "contact.name": contact.name if contact else "",
        "contact.first_name": _first_word(contact.name) if contact else "",
        "contact.last_name": contact.name.rpartition(" ")[2] if contact else "",
        "contact.title": contact.title if contact else "",
        "contact.role": contact.role.replace("_", " ") if contact else "",
        "owner.name": owner,
        "owner.first_name": _first_word(owner),
    }


def word_task(
    step: Step, contact: Someone | None, *, account: str, industry: str, owner: str, known_contacts: int
) -> Wording:
    """The step's text for this contact and account, merge fields filled in.

    Without a title of its own the step is called by its channel: "Call Ines Aldana, VP Supply Chain". Without
    anybody to reach, finding somebody becomes the work.
    """
    values = values_for(contact, account=account, industry=industry, owner=owner)
    text = step.text_for(*_personas(contact))
    if contact is None and step.channel in words.DIRECT_CHANNELS:
        noun = words.CHANNELS[step.channel]
        none = (
            "nobody is known there yet"
            if not known_contacts
            else "nobody known there may be reached this way"
        )
        title = f"Find somebody at {account} for the next {noun}"
        return Wording(title[:300], f"{none[0].upper()}{none[1:]}. {merge.merged(text, values)}".strip())
    person = account if contact is None else ", ".join(part for part in (contact.name, contact.title) if part)
    title = merge.merged(step.title, values) or _VERBS.get(step.channel, _VERBS["other"]).format(
        person=person, account=account
    )
    return Wording(title[:300], merge.merged(text, values))


def left_empty(
    step: Step, contact: Someone | None, *, account: str, industry: str, owner: str
) -> tuple[merge.Gap, ...]:
    """The merge fields that this account and contact leave empty in what `word_task` says."""
    values = values_for(contact, account=account, industry=industry, owner=owner)
    return merge.gaps(f"{step.title} {step.text_for(*_personas(contact))}", values)


def _personas(contact: Someone | None) -> Iterable[str]:
    return (contact.persona, contact.role) if contact else ()


def _first_word(name: str) -> str:
    return name.partition(" ")[0]

"""What the play editor offers to choose from, and how a play would read on one account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from accounts.models import Account, Contact, OpportunityStage, Territory, User
from plays.domain import sentences
from plays.domain.definition import PlayDefinition, Step
from plays.domain.people import Someone, choose_contact, left_empty, word_task
from plays.selectors import facts as facts_of
from plays.selectors.staff import staff
from signals.models import Threshold

MOST_STAGES = 30
MOST_PERSONAS = 20
STAGES_LOOKED_AT = 2_000


@dataclass(frozen=True, slots=True)
class Choices:
    """Slugs and names of all that a play can speak of."""

    thresholds: dict[str, str]
    statuses: dict[str, str]
    territories: dict[str, str]
    stages: tuple[str, ...]
    personas: tuple[str, ...]
    seniorities: tuple[str, ...]


def choices() -> Choices:
    """Five queries, however much there is."""
    thresholds = list(Threshold.objects.order_by("name").values_list("slug", "name", "status"))
    newest = OpportunityStage.objects.order_by("-id").values_list("stage", flat=True)[:STAGES_LOOKED_AT]
    people = Contact.objects.known().order_by("-id")
    personas = people.exclude(persona="").values_list("persona", flat=True)
    seniorities = people.exclude(seniority="").values_list("seniority", flat=True)
    return Choices(
        thresholds={slug: name for slug, name, _ in thresholds},
        statuses={slug: status for slug, _, status in thresholds},
        territories=dict(Territory.objects.order_by("name").values_list("slug", "name")),
        stages=tuple(sorted({stage for stage in newest if stage}))[:MOST_STAGES],
        personas=tuple(dict.fromkeys(personas[:STAGES_LOOKED_AT]))[:MOST_PERSONAS],
        seniorities=tuple(dict.fromkeys(seniorities[:STAGES_LOOKED_AT]))[:MOST_PERSONAS],
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """A step as its task would read: title and text with all fields filled in, for whom, by whom, and what is amiss."""

    number: int
    step: Step
    when: str
    title: str
    text: str
    words_for: str
    to: str
    why_by: str
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A whole play on one account. `people`: who can be chosen to go to first; `asked`: who was."""

    account: Account
    people: tuple[Someone, ...]
    asked: int | None
    steps: tuple[Reading, ...]


def account_like(text: str, user: User) -> Account | None:
    """The account with this domain or name; without a text, one of the best that has a contact."""
    seen = Account.objects.visible_to(user)
    wanted = text.strip()[:253]
    if not wanted:
        return seen.filter(tier__isnull=False, contacts__isnull=False).order_by("tier", "pk").first()
    exact = seen.filter(Q(domains__domain=wanted.lower()) | Q(name__iexact=wanted)).order_by("pk").first()
    return exact or seen.filter(name__istartswith=wanted).order_by("name", "pk").first()


def preview(
    definition: PlayDefinition, account: Account, *, contact_id: int | None, now: datetime
) -> Preview:
    """What each step's task would say if it opened now, by the same functions that word the real one."""
    people = facts_of.dossiers([account], now=now)[account.pk].people
    asked = contact_id if any(one.id == contact_id for one in people) else None
    at_work = staff(now=now)
    readings = []
    for number, step in enumerate(definition.steps, start=1):
        routed = at_work.route(at_work.case(account, side=step.side, role=step.role))
        owner = at_work.people[routed.person_id].name
        contact = choose_contact(people, step, preferred_id=asked)
        wording = word_task(
            step,
            contact,
            account=account.name,
            industry=account.industry,
            owner=owner,
            known_contacts=len(people),
        )
        empty = left_empty(step, contact, account=account.name, industry=account.industry, owner=owner)
        readings.append(
            Reading(
                number=number,
                step=step,
                when=sentences.step_sentence(step),
                title=wording.title,
                text=wording.instructions,
                words_for=_words_for(step, contact),
                to=_to(contact),
                why_by=routed.reason,
                gaps=tuple(gap.sentence for gap in empty),
            )
        )
    return Preview(account=account, people=people, asked=asked, steps=tuple(readings))


def _words_for(step: Step, contact: Someone | None) -> str:
    """Which of the step's texts it is."""
    for persona in (contact.persona, contact.role) if contact else ():
        if persona and persona in step.variants:
            return f"The words for the {persona.replace('_', ' ')}."
    return "The words for everybody." if step.variants else ""


def _to(contact: Someone | None) -> str:
    if contact is None:
        return ""
    return ", ".join(part for part in (contact.name, contact.title, contact.role.replace("_", " ")) if part)

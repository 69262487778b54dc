"""What the resources of plays read, declared once: the checks, the sentences and the OpenAPI schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request

from abmops.lib.choices import Channel, Role, Side, Urgency
from abmops.lib.errors import FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.records import Choice, Field, ListOf, Moment, Text, object_schema, read_fields
from abmops.rest.views import ApiViewSet
from accounts.api.records import domain_field, email_field, user_field
from accounts.models import Account, Contact, User
from accounts.services import lookups
from plays.domain import vocabulary as words
from plays.domain.outcomes import LABELS
from plays.models import Play
from plays.services.enrollment.starting import OVERRIDABLE
from signals.api.fields import Document, Raw, slug

WORKERS = frozenset({Role.REVOPS.value, Role.INTEGRATION.value, Role.MARKETER.value, Role.REP.value})
READ_ONLY: Access = {"read": EVERYBODY}
WORKED: Access = {"read": EVERYBODY, "write": WORKERS}

OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": True}
LIST: dict[str, Any] = {"type": "array", "items": OBJECT}
LARGEST_PLAY = 128 * 1024


ACCOUNT = domain_field("account_domain", "The account, by any of its domains.", required=True)

PLAY: tuple[Field, ...] = (
    slug("slug", "Its name in addresses; never changes."),
    Text("name", required=True, max_length=120),
    Text("purpose", "What it is to achieve.", max_length=4_000),
    user_field("owner", "E-mail of the user who owns it.", null=True),
    Choice("status", "Only an active one starts; draft to begin with.", values=tuple(Play.Status.values)),
    Raw(
        "trigger",
        'What starts it: {"crossing": ["slug"]}, {"joined_tier": [1]}, {"stage": ["proposal"]}, '
        '{"contact_engaged": {"contacts_at_most": 1}}, {"score": {"at_least": 60}}, {"hand_raise": true}, '
        '{"manual": true}; several are any of them.',
        required=True,
        like=OBJECT,
    ),
    Raw(
        "audience",
        "Whom it is for: tiers, fit_at_least, phases, lifecycles, industries, territories, committee; empty lets all "
        'through. Of the committee each must hold: {"at_least": 2, "role": "champion", "persona": "…", "seniority": '
        '"…", "engaged_days": 30} with any of its parts, or {"gap": "any"}, {"gap": "economic_buyer"}: a part that '
        "nobody known plays.",
        like=OBJECT,
    ),
    Raw(
        "steps",
        "In order: key, wait_days, channel, side, role, sla_hours, title, instructions, variants, surface, tries.",
        required=True,
        like=LIST,
    ),
    Raw(
        "exits",
        f"What ends it before its last step: {', '.join(words.EXITS)}.",
        like={"type": "array", "items": {"type": "string", "enum": list(words.EXITS)}},
    ),
    Raw("contract", 'What it is measured by: {"outcome": "meeting_booked", "days": 30}.', like=OBJECT),
    Raw(
        "priority", "Higher wins; 50 to begin with.", like={"type": "integer", "minimum": 0, "maximum": 1000}
    ),
    Raw("throttle", "live_per_account, new_per_owner_per_week, cooldown_days.", like=OBJECT),
    Raw(
        "holdout",
        "Share of the accounts held out to compare with.",
        like={"type": "number", "minimum": 0, "maximum": 1},
    ),
)

START: tuple[Field, ...] = (
    ACCOUNT,
    Text("reason", "Why by hand; stays on the record.", required=True, max_length=300),
    email_field("contact_email", "The person to go to first.", null=True),
    ListOf(
        "override",
        "Rules to set aside, on the record.",
        of=Choice("rule", values=tuple(sorted(OVERRIDABLE))),
        most=len(OVERRIDABLE),
    ),
)

DRY_RUN: tuple[Field, ...] = (
    Document(
        "definition",
        "What to try in place of what the play says: trigger, steps and the rest, as in a play.",
        most_bytes=LARGEST_PLAY,
    ),
    Moment(
        "since", "The beginning of a window of the past; left out, the list of today is tried.", null=True
    ),
    Moment("until", "The end of the window; now if not said.", null=True),
)

SUBMIT: tuple[Field, ...] = (
    Text("reason", "Why it is changed; stays with the version.", required=True, max_length=2_000),
    Document(
        "definition",
        "What the play is to say: trigger, audience, steps, exits, contract, priority, throttle, holdout. "
        "Left out, the draft that is there is submitted.",
        most_bytes=LARGEST_PLAY,
    ),
)
APPROVE: tuple[Field, ...] = (
    Text("note", "What was checked; needed where nobody else may approve.", max_length=2_000),
    Choice(
        "running",
        "What becomes of the accounts on their way: they finish on their version (if not said), or move to this one.",
        values=("finish", "migrate"),
    ),
)

TASK: tuple[Field, ...] = (
    ACCOUNT,
    Text("title", "What is to be done.", required=True, max_length=300),
    Choice("channel", required=True, values=tuple(Channel.values)),
    Choice(
        "side", required=True, values=(Side.MARKETING.value, Side.SALES.value, Side.CUSTOMER_SUCCESS.value)
    ),
    user_field("owner", "Who owes it; left out, it is routed like a step.", null=True),
    email_field("contact_email", "With whom.", null=True),
    Text("instructions", max_length=4_000),
    Choice("urgency", "normal if not said.", values=tuple(Urgency.values)),
    Moment("due_at", "In one working day if not said.", past=False),
)
MOVE: tuple[Field, ...] = (
    Moment("due_at", "The new due time.", required=True, past=False),
    Text("reason", "Why it moves; stays on the record.", required=True, max_length=200),
)
DONE: tuple[Field, ...] = (
    Text("outcome", "How it went, in words.", max_length=250),
    Choice(
        "result",
        "How it went, as an outcome of the task's channel; what it means happens at once.",
        values=tuple(sorted(LABELS)),
    ),
    Moment("meeting_at", "When the meeting is; with result meeting_booked.", past=False, null=True),
)
CONTACT: tuple[Field, ...] = (email_field("contact_email", "A contact of the account.", required=True),)
REASON: tuple[Field, ...] = (Text("reason", "Stays on the record.", required=True, max_length=300),)
ANYWAY: tuple[Field, ...] = (
    ListOf(
        "rules",
        "The guardrails that are set aside for this step.",
        required=True,
        of=Choice("rule", values=tuple(sorted(OVERRIDABLE))),
    ),
    Text("reason", "Stays on the record.", required=True, max_length=1_000),
)
SNOOZE: tuple[Field, ...] = (
    Moment("until", "The owner's next working morning if not said.", past=False, null=True),
)
HAND_ON: tuple[Field, ...] = (
    user_field("to", "Who owes it from now on.", required=True),
    Text("reason", "They read it.", max_length=200),
)


def body_of(fields: Sequence[Field]) -> dict[str, Any]:
    """The request's schema, for the OpenAPI document."""
    return {"application/json": object_schema(fields)}


def read_body(view: ApiViewSet, request: Request, fields: Sequence[Field]) -> dict[str, Any]:
    """The body by its fields, or FieldErrors with all that is wrong."""
    clean, errors = read_fields(fields, request.data, view.now())
    if errors:
        raise FieldErrors(errors)
    return clean


def user_named(email: str | None, pointer: str) -> User | None:
    """The active user with this e-mail; FieldErrors where there is none."""
    if email is None:
        return None
    found = lookups.users_by_email([email]).get(email.lower())
    if found is None:
        raise FieldErrors([lookups.unknown_user(pointer, email)])
    return found


def account_named(domain: str, user: User) -> Account:
    """The account with this domain among those the user may see."""
    account = Account.objects.visible_to(user).filter(domains__domain=domain).first()
    if account is None:
        raise FieldErrors.one(
            "/account_domain", f"No account has the domain {domain}. Send the account first."
        )
    return account


def contact_named(email: str | None, account: Account) -> Contact | None:
    """The account's contact with this e-mail."""
    if email is None:
        return None
    contact = Contact.objects.filter(account=account, email__iexact=email).first()
    if contact is None:
        raise FieldErrors.one("/contact_email", f"{account.name} has no contact with the e-mail {email}.")
    return contact

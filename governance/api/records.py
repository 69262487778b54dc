"""What callers send: an escalation, its outcome, a reason, a comment."""

from datetime import date

from abmops.rest.records import Choice, ListOf, Nested, Parsed, Text, Whole, Wrong
from governance.domain.escalation import MOST_DECIDERS, OUTCOME_LENGTH, WHY_LENGTH
from governance.models import EscalationLink

_MOST_ID = 2**63 - 1


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Wrong(f"{text[:40]!r} is not a day. Write it like 2026-12-01.") from None


ESCALATION = (
    Text("title", "What has to be decided, in one line.", required=True, max_length=160),
    Parsed(
        "why",
        "Why it cannot wait, in a sentence.",
        required=True,
        max_length=4_000,
        like={"minLength": WHY_LENGTH},
    ),
    Parsed(
        "deadline",
        "The day by which it is decided.",
        required=True,
        max_length=10,
        parse=_day,
        like={"format": "date"},
    ),
    ListOf(
        "deciders",
        "Three or four people, by e-mail.",
        required=True,
        of=Text("email", max_length=254),
        most=MOST_DECIDERS * 2,
    ),
    ListOf(
        "links",
        "The records it is about.",
        most=20,
        of=Nested(
            "link",
            fields=(
                Choice("type", required=True, values=tuple(EscalationLink.Kind.values)),
                Whole("id", required=True, least=1, most=_MOST_ID),
            ),
        ),
    ),
)
OUTCOME = (
    Parsed(
        "outcome",
        "What was decided: a paragraph of 40 characters or more.",
        required=True,
        max_length=8_000,
        like={"minLength": OUTCOME_LENGTH},
    ),
)
REASON = (Text("reason", "Why it is withdrawn.", required=True, max_length=2_000),)
COMMENT = (Text("text", "What you want to add.", required=True, max_length=4_000),)

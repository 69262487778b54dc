"""The words that a play's definition may use. The values are the API's; a test keeps them equal to
`abmops.lib.choices`.
"""

import re
from typing import Final

CHANNELS: Final = {
    "ad": "ad",
    "email": "email",
    "call": "call",
    "linkedin": "LinkedIn message",
    "event": "event",
    "direct_mail": "direct mail",
    "web": "web page",
    "meeting": "meeting",
    "other": "action",
}
"""Channel -> the noun used in sentences."""

DIRECT_CHANNELS: Final = frozenset({"email", "call", "linkedin", "direct_mail", "meeting"})
"""Channels that reach one named person, so that do-not-contact and opt-outs bind them."""

PAID_CHANNELS: Final = frozenset({"ad", "direct_mail", "event"})
"""Channels that cost money an account, whoever's step it is."""

SIDES: Final = {"marketing": "marketing", "sales": "sales", "customer_success": "customer success"}
SALES: Final = "sales"
MARKETING: Final = "marketing"

ROLES: Final = {
    "owner": "the account's owner",
    "sdr": "an SDR",
    "ae": "an account executive",
    "csm": "a customer success manager",
    "marketer": "a marketer",
    "revops": "RevOps",
}
"""Who owes a step."""

TIERS: Final = (1, 2, 3)
LIFECYCLES: Final = ("prospect", "open_opportunity", "customer", "churned", "disqualified", "not_ready")
PHASES: Final = ("awareness", "engagement", "active", "expand", "out")
COMMITTEE: Final = {
    "economic_buyer": "Economic Buyer",
    "technical_evaluator": "Technical Evaluator",
    "champion": "Champion",
    "end_user": "End User",
    "blocker": "Blocker",
}
"""The parts in the buying decision, as they are said."""

OUT_OF_PROGRAM: Final = frozenset({"disqualified", "not_ready"})
CLOSED: Final = frozenset({"customer", "churned"})
"""Lifecycles on which marketing spends only by a play that names them."""
NOT_COLD: Final = frozenset({"customer", "open_opportunity"})
"""Lifecycles on which marketing goes on while a meeting is ahead."""
FAMILIAR_LIFECYCLES: Final = frozenset({"open_opportunity", "customer", "churned"})

EXITS: Final = {
    "meeting_booked": "a meeting is booked",
    "opportunity_opened": "an opportunity opens",
    "opportunity_closed": "an opportunity is won or lost",
    "opportunity_won": "an opportunity is won",
    "disqualified": "the account is disqualified or not ready",
    "left_list": "the account leaves the target list",
    "changed_tier": "the account changes tier",
    "contact_engaged": "a contact engages",
}
"""Exit condition -> how it reads after "stops when"."""

OUTCOMES: Final = {
    "meeting_booked": "a meeting booked",
    "opportunity_created": "an opportunity created",
    "deal_won": "a deal won",
}

URGENCIES: Final = ("urgent", "hot", "normal")
"""Most urgent first; the queue's order."""

URGENCY_CEILING_HOURS: Final = {"urgent": 4.0, "hot": 24.0}
"""A task's SLA is never longer than this when the crossing behind it is urgent or hot [F]."""


def listed(words: list[str] | tuple[str, ...], *, joiner: str = "or") -> str:
    """`a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joiner} {words[-1]}"


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """`1 day`, `3 days`."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def as_title(said: str) -> str:
    """With a capital first: `LinkedIn message`, `First call`; the rest keeps its own."""
    return f"{said[:1].upper()}{said[1:]}"


def step_name(key: str) -> str:
    """The key of a step as words: `first-call` reads `First call`, `linkedin` reads `LinkedIn`."""
    return as_title(" ".join("LinkedIn" if word == "linkedin" else word for word in re.split("[-_ ]", key)))


def article(noun: str) -> str:
    """`a` or `an`, by the first letter."""
    return "an" if noun[:1].casefold() in "aeiou" else "a"


def hours_in_words(hours: float) -> str:
    """`4 hours`, `2 working days`, `1 working day and 4 hours`: how the SLA rule reads an amount."""
    days, rest = divmod(hours, 24)
    parts = []
    if days:
        parts.append(counted(int(days), "working day"))
    if rest or not days:
        parts.append(counted(int(rest), "hour") if rest == int(rest) else f"{rest:g} hours")
    return " and ".join(parts)

"""The words that exports use for our closed vocabularies: our own, HubSpot's, Salesforce's, and plain ones."""

from __future__ import annotations

import re

from abmops.lib.choices import Channel, CommitteeRole, Direction, Lifecycle, Outcome, Side

# A word that a person answers with to say: leave these cells out.
LEAVE_OUT = "leave_out"
# What stands for null: the account is off the list, the opportunity is open.
NULL = "null"

_MORE: dict[str, dict[str, str]] = {
    "lifecycle": {
        "subscriber": Lifecycle.PROSPECT,
        "lead": Lifecycle.PROSPECT,
        "marketing qualified lead": Lifecycle.PROSPECT,
        "marketingqualifiedlead": Lifecycle.PROSPECT,
        "mql": Lifecycle.PROSPECT,
        "sales qualified lead": Lifecycle.PROSPECT,
        "salesqualifiedlead": Lifecycle.PROSPECT,
        "sql": Lifecycle.PROSPECT,
        "opportunity": Lifecycle.OPEN_OPPORTUNITY,
        "evangelist": Lifecycle.CUSTOMER,
        "customer direct": Lifecycle.CUSTOMER,
        "customer channel": Lifecycle.CUSTOMER,
        "former customer": Lifecycle.CHURNED,
        "unqualified": Lifecycle.DISQUALIFIED,
    },
    # HubSpot's buying roles; those that have no counterpart here are asked for.
    "role": {
        "budget holder": CommitteeRole.ECONOMIC_BUYER,
        "economic decision maker": CommitteeRole.ECONOMIC_BUYER,
        "influencer": CommitteeRole.TECHNICAL_EVALUATOR,
        "technical buyer": CommitteeRole.TECHNICAL_EVALUATOR,
        "evaluator": CommitteeRole.TECHNICAL_EVALUATOR,
        "business user": CommitteeRole.END_USER,
        "user": CommitteeRole.END_USER,
    },
    "outcome": {
        "closed won": Outcome.WON,
        "closedwon": Outcome.WON,
        "win": Outcome.WON,
        "closed lost": Outcome.LOST,
        "closedlost": Outcome.LOST,
        "loss": Outcome.LOST,
        "open": NULL,
    },
    "side": {"csm": Side.CUSTOMER_SUCCESS, "cs": Side.CUSTOMER_SUCCESS, "sdr": Side.SALES, "ae": Side.SALES},
    "channel": {
        "e mail": Channel.EMAIL,
        "mail": Channel.EMAIL,
        "phone": Channel.CALL,
        "phone call": Channel.CALL,
        "calls": Channel.CALL,
        "ads": Channel.AD,
        "display": Channel.AD,
        "webinar": Channel.EVENT,
        "linked in": Channel.LINKEDIN,
        "gift": Channel.DIRECT_MAIL,
        "website": Channel.WEB,
    },
    "direction": {
        "out": Direction.OUTBOUND,
        "outgoing": Direction.OUTBOUND,
        "in": Direction.INBOUND,
        "incoming": Direction.INBOUND,
    },
    "tier": {
        **{
            word: str(tier)
            for tier in (1, 2, 3)
            for word in (f"{tier}", f"tier {tier}", f"t{tier}", f"tier{tier}")
        },
        "off": NULL,
        "none": NULL,
        "off the list": NULL,
        "removed": NULL,
        "no tier": NULL,
    },
}
_OURS = {
    "lifecycle": Lifecycle,
    "role": CommitteeRole,
    "outcome": Outcome,
    "side": Side,
    "channel": Channel,
    "direction": Direction,
}
TITLES: dict[str, tuple[tuple[str, str], ...]] = {
    **{name: tuple((value, str(label)) for value, label in enum.choices) for name, enum in _OURS.items()},
    "tier": (("1", "Tier 1"), ("2", "Tier 2"), ("3", "Tier 3"), (NULL, "Off the list")),
}
TITLES["outcome"] = (*TITLES["outcome"], (NULL, "Open"))

_YES = frozenset(
    ("yes", "y", "true", "t", "1", "x", "on", "ja", "j", "wahr", "oui", "vrai", "si", "sí", "✓", "✔", "☑")
)
_NO = frozenset(("no", "n", "false", "f", "0", "off", "nein", "falsch", "non", "faux", "✗", "☐", "-"))


def plain(text: str) -> str:
    """A word without case, and with one blank for whatever joins its parts."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


_TABLES: dict[str, dict[str, str]] = {
    name: {
        **{plain(value): value for value, _ in titles},
        **{plain(label): value for value, label in titles},
        **{word: str(value) for word, value in _MORE.get(name, {}).items()},
    }
    for name, titles in TITLES.items()
}


def translate(table: str, text: str) -> str | None:
    """Our value for a word (NULL where it stands for none); None where we do not know the word."""
    return _TABLES[table].get(plain(text))


_OPEN_STAGES = frozenset(
    """prospecting|qualification|needs analysis|value proposition|id decision makers|perception analysis
    |proposal price quote|negotiation review|appointment scheduled|qualified to buy|presentation scheduled
    |decision maker bought in|contract sent|discovery|demo|proposal|negotiation|engaging|evaluation|meeting scheduled
    |open|new|qualified|pilot|closing""".replace("\n", "")
    .replace("    ", "")
    .split("|")
)


def outcome_of_stage(text: str) -> str | None:
    """Whether a stage of this name is won, lost or open (NULL), where its name says so in the CRMs' own words."""
    return translate("outcome", text) or (NULL if plain(text) in _OPEN_STAGES else None)


def flag(text: str) -> bool | None:
    """What a yes or no says; None where it is neither."""
    word = text.casefold()
    return True if word in _YES else False if word in _NO else None

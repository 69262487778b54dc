"""Whom a play is for: the first filter that an account does not pass, else what makes it fit."""

from datetime import datetime

from plays.domain import committee
from plays.domain import vocabulary as words
from plays.domain.definition import Audience
from plays.domain.facts import AccountFacts
from plays.domain.guardrails import No


def refusal(account: AccountFacts, audience: Audience, *, now: datetime) -> No | None:
    """The first filter of the audience that the account does not pass."""
    tier = f"tier {account.tier}" if account.tier else "not on the list"
    checks = (
        (
            bool(audience.tiers) and account.tier not in audience.tiers,
            f"needs tier {words.listed([str(item) for item in audience.tiers])}; the account is {tier}",
        ),
        (
            audience.fit_at_least is not None and account.fit < audience.fit_at_least,
            f"needs a fit of {audience.fit_at_least or 0:g} or more; the account has {account.fit:.0f}",
        ),
        (
            bool(audience.phases) and account.phase not in audience.phases,
            f"needs the phase {words.listed(audience.phases)}; the account is in {account.phase}",
        ),
        (
            bool(audience.lifecycles) and account.lifecycle not in audience.lifecycles,
            f"is for {_plain(audience.lifecycles)} accounts; this one is “{_plain((account.lifecycle,))}”",
        ),
        (
            bool(audience.industries)
            and account.industry.casefold() not in {i.casefold() for i in audience.industries},
            f"is for {words.listed(audience.industries)}; the account is in {account.industry or 'no known industry'}",
        ),
        (
            bool(audience.territories) and account.territory not in audience.territories,
            f"is for the territory {words.listed(audience.territories)}, not {account.territory or 'none'}",
        ),
    )
    for fails, why in checks:
        if fails:
            return No("audience", f"Audience: {why}.", lasting=True)
    missing = committee.objection(audience.committee, account.people, now)
    return No("audience", f"Audience: {missing}.", lasting=True) if missing else None


def fitting(account: AccountFacts, audience: Audience, *, now: datetime) -> str:
    """What makes the account one that the play is for."""
    matched = [
        text
        for is_asked, text in (
            (bool(audience.tiers), f"tier {account.tier}"),
            (audience.fit_at_least is not None, f"fit {account.fit:.0f} of {audience.fit_at_least or 0:g}"),
            (bool(audience.phases), f"phase {account.phase}"),
            (bool(audience.lifecycles), _plain((account.lifecycle,))),
            (bool(audience.industries), account.industry),
            (bool(audience.territories), f"territory {account.territory}"),
        )
        if is_asked
    ]
    matched += [one.match(account.people, now) for one in audience.committee]
    return f"It is for accounts like this: {', '.join(matched)}." if matched else "It is for every account."


def _plain(words_used: tuple[str, ...]) -> str:
    return words.listed([word.replace("_", " ") for word in words_used])

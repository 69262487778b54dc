"""What may be asked of the scoreboard, over REST and by its page: as of when, and whose numbers."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from abmops.lib.errors import FieldError, FieldErrors
from abmops.rest.records import Moment, Wrong
from accounts.models import Territory, User
from scoreboard.domain.figures import TIERS, Scope
from scoreboard.domain.windows import Quarter

PARAMETERS = frozenset({"as_of", "tier", "owner", "territory", "from", "cohort"})
_MOMENT = Moment("moment")


def read_question(params: Mapping[str, str], now: datetime) -> tuple[datetime, Scope]:
    """T and the scope, or FieldErrors with everything that is wrong. T is now where it is not said."""
    errors: list[FieldError] = []
    clean: dict[str, Any] = {}
    for name, value, read in _asked(params, now):
        try:
            clean[name] = read(value)
        except Wrong as wrong:
            errors.extend(error.under(f"/{name}") for error in wrong.errors)
    at = clean.get("as_of", now)
    since = clean.get("from")
    if since is not None and since >= at:
        errors.append(FieldError("/from", "The period starts before as_of; this is not before it."))
    if errors:
        raise FieldErrors(errors)
    return at, Scope(
        tier=clean.get("tier"),
        owner=clean.get("owner"),
        territory=clean.get("territory"),
        since=since,
        cohort=clean.get("cohort"),
    )


def _asked(params: Mapping[str, str], now: datetime) -> Iterator[tuple[str, str, Any]]:
    readers = {
        "as_of": lambda text: _moment(text, now),
        "from": lambda text: _moment(text, now),
        "tier": _tier,
        "owner": _owner,
        "territory": _territory,
        "cohort": _cohort,
    }
    for name, read in readers.items():
        if (text := params.get(name)) is not None:
            yield name, text.strip(), read


def _moment(text: str, now: datetime) -> datetime:
    # A plus sign of an offset arrives as a blank where the caller did not escape it.
    moment: datetime = _MOMENT.read(text.replace(" ", "+"), now)
    return min(moment, now)


def _tier(text: str) -> int:
    if text not in {str(tier) for tier in TIERS}:
        raise Wrong("Must be 1, 2 or 3.")
    return int(text)


def _owner(text: str) -> int:
    found = User.objects.filter(email__iexact=text).values_list("pk", flat=True).first()
    if found is None:
        raise Wrong(f"There is no person with the e-mail {text[:60]!r}.")
    return found


def _territory(text: str) -> int:
    found = Territory.objects.filter(slug=text).values_list("pk", flat=True).first()
    if found is None:
        raise Wrong(f"There is no territory {text[:60]!r}.")
    return found


def _cohort(text: str) -> Quarter:
    try:
        return Quarter.parse(text)
    except ValueError:
        raise Wrong("Write the quarter like 2026-Q3.") from None

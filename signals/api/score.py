"""`/api/v1/accounts/{id}/score/`: the one number of an account, worked out at this moment and explained."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.errors import FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.records import Moment, Wrong
from abmops.rest.views import ApiViewSet
from accounts.models import Account
from accounts.selectors.duplicates import called
from accounts.selectors.fit import explain_fit
from signals.api.serializers.score import AccountScoreOut, ScoreHistoryOut
from signals.domain import score as scores
from signals.domain.score import Scoring
from signals.domain.state import RollingState
from signals.models import AccountMemory, SignalType, Source
from signals.selectors import book
from signals.selectors.explanation import Apart, taken_apart
from signals.selectors.review import week_of
from signals.selectors.score_history import DAYS, history
from signals.services.replaying import raw_of, score_at

_MOMENT = Moment("moment")
LONGEST = timedelta(days=400)


class AccountScoreApi(ApiViewSet):
    """The score of an account."""

    access: ClassVar[Access] = {"read": EVERYBODY}
    serializer_class = AccountScoreOut
    pagination_class = None
    lookup_value_regex = r"\d{1,18}"
    queryset = Account.objects.none()

    def known_parameters(self) -> frozenset[str]:
        """A score may be asked for at a moment, the history from a day to a day."""
        return frozenset({"at"}) if self.action == "score" else frozenset({"from", "to"})

    @extend_schema(
        responses={200: AccountScoreOut},
        parameters=[
            OpenApiParameter(
                "at", datetime, description="The score as it was then, replayed; now, if not said."
            )
        ],
    )
    @action(detail=True, methods=["get"])
    def score(self, request: Request, pk: str) -> Response:
        """The score with its two parts, and what gives them, largest first."""
        account = self._account(request, pk)
        if (text := request.query_params.get("at")) is None:
            return Response(AccountScoreOut(explained(account, self.now(), deep=True)).data)
        return Response(AccountScoreOut(replayed(account, _moment(text, self.now()))).data)

    @extend_schema(
        responses={200: ScoreHistoryOut},
        parameters=[
            OpenApiParameter(
                "from", date, description="The first day; 90 days before the last, if not said."
            ),
            OpenApiParameter("to", date, description="The last day; today, if not said."),
        ],
    )
    @action(detail=True, methods=["get"], url_path="score/history")
    def history(self, request: Request, pk: str) -> Response:
        """The score at each midnight (UTC) that was kept, and the crossings between."""
        account, asked, now = self._account(request, pk), request.query_params, self.now()
        until = _day("/to", asked["to"]) if "to" in asked else now.astimezone(UTC).date()
        since = _day("/from", asked["from"]) if "from" in asked else until - timedelta(days=DAYS)
        if not timedelta(0) <= until - since <= LONGEST:
            raise FieldErrors.one("/from", f"Ask for up to {LONGEST.days} days, the first before the last.")
        return Response(ScoreHistoryOut(history(account.pk, since=since, until=until)).data)

    def _account(self, request: Request, pk: str) -> Account:
        found = called(Account.objects.visible_to(request.user).select_related("surge"), int(pk))
        if found is None:
            raise Http404
        return found


def _moment(text: str, now: datetime) -> datetime:
    """A past moment. An offset's plus sign arrives as a blank where the caller did not escape it."""
    try:
        return min(_MOMENT.read(text.strip().replace(" ", "+"), now), now)
    except Wrong as wrong:
        raise FieldErrors([error.under("/at") for error in wrong.errors]) from None


def _day(pointer: str, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise FieldErrors.one(pointer, f"“{text[:40]}” is no day; write it as 2026-11-22.") from None


def replayed(account: Account, at: datetime) -> dict[str, Any]:
    """An account's score at a past moment, worked out from what was known then."""
    found = score_at(account_id=account.pk, at=at)
    scoring, catalogue = found.scoring, found.catalogue
    sources, types = Source.objects.in_bulk(), {facts.id: facts for facts in catalogue}
    total = raw_of(found.given, catalogue)
    parts = []
    for given in found.given:
        raw = given.points * catalogue.weights(given.source_id).get(given.type_id, 0.0)
        source, facts = sources.get(given.source_id), types.get(given.type_id)
        if raw > 0 and source is not None and facts is not None:
            share = raw / total
            parts.append(
                {
                    "source": source.slug,
                    "source_name": source.name,
                    "type": facts.slug,
                    "type_name": facts.name,
                    "raw": raw,
                    "share": share,
                    "intent": found.intent * share,
                    "points": scoring.w_intent * found.intent * share,
                }
            )
    return {
        **_head(account, at, found.score, found.fit, found.intent, scoring),
        "contributions": sorted(parts, key=lambda part: (-part["raw"], part["source"], part["type"])),
        "fit_contributions": [],
        "is_exact": found.is_exact,
        "missing": list(found.missing),
        "signals": [],
        "people": [],
        "other_signals": scoring.w_intent * found.intent,
        "surge": None,
    }


def _head(
    account: Account, at: datetime, value: float, fit: float, intent: float, scoring: Scoring
) -> dict[str, Any]:
    return {
        "account": account.pk,
        "account_name": account.name,
        "account_domain": account.domain,
        "at": at,
        "value": value,
        "fit": fit,
        "fit_name": scores.fit_name(fit),
        "intent": intent,
        "weights": {"fit": scoring.w_fit, "intent": scoring.w_intent},
        "parts": {"fit": scoring.w_fit * fit, "intent": scoring.w_intent * intent},
    }


def explained(account: Account, now: datetime, *, deep: bool = False) -> dict[str, Any]:
    """An account's score at `now` with everything that gives it; in a fixed number of queries.

    `deep`: also by signal and by person.
    """
    written = book()
    stored = AccountMemory.objects.filter(account=account).values_list("state", flat=True).first()
    state = RollingState.read(stored)
    at = state.settled(now.timestamp())
    scoring = written.scoring
    parts = scores.contributions(state, written.catalogue, at, scoring.k)
    intent = sum(part.intent for part in parts)
    sources = {row.pk: row for row in Source.objects.filter(pk__in={part.source_id for part in parts})}
    types = {row.pk: row for row in SignalType.objects.filter(pk__in={part.type_id for part in parts})}
    fit = explain_fit(account, now=now)
    value = scores.score(account.fit, intent, scoring.w_fit, scoring.w_intent)
    moment = datetime.fromtimestamp(at, tz=UTC)
    apart = taken_apart(account.pk, state, written.catalogue, scoring, at=at) if deep else Apart(0.0)
    return {
        **_head(account, moment, value, account.fit, intent, scoring),
        "is_exact": True,
        "missing": [],
        "apart": apart,
        "signals": apart.signals,
        "people": apart.people,
        "other_signals": apart.rest + apart.older,
        "surge": week_of(account) if deep else None,
        "contributions": [
            {
                "source": sources[part.source_id].slug,
                "source_name": sources[part.source_id].name,
                "type": types[part.type_id].slug,
                "type_name": types[part.type_id].name,
                "raw": part.raw,
                "share": part.share,
                "intent": part.intent,
                "points": scoring.w_intent * part.intent,
            }
            for part in parts
            if part.source_id in sources and part.type_id in types
        ],
        "fit_contributions": [
            {
                "label": part.label,
                "met": part.met,
                "sentence": part.sentence,
                "fit": part.points,
                "points": scoring.w_fit * part.points,
            }
            for part in fit.contributions
        ],
    }

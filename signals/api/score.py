"""`/api/v1/accounts/{id}/score/`: the one number of an account, worked out at this moment and explained."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.rest.access import EVERYBODY, Access
from abmops.rest.views import ApiViewSet
from accounts.models import Account
from accounts.selectors.fit import explain_fit
from signals.api.serializers.happenings import ScoreOut
from signals.domain import score as scores
from signals.domain.state import RollingState
from signals.models import AccountState, SignalType, Source
from signals.selectors import book


class AccountScoreApi(ApiViewSet):
    """The score of an account."""

    access: ClassVar[Access] = {"read": EVERYBODY}
    serializer_class = ScoreOut
    pagination_class = None
    lookup_value_regex = r"\d{1,18}"
    queryset = Account.objects.none()

    @extend_schema(responses={200: ScoreOut})
    @action(detail=True, methods=["get"])
    def score(self, request: Request, pk: str) -> Response:
        """The score now, its two parts, and what gives them, largest first."""
        account = get_object_or_404(Account.objects.visible_to(request.user), pk=int(pk))
        return Response(ScoreOut(explained(account, self.now())).data)


def explained(account: Account, now: datetime) -> dict[str, Any]:
    """An account's score at `now` with everything that gives it; in a fixed number of queries."""
    written = book()
    stored = AccountState.objects.filter(account=account).values_list("state", flat=True).first()
    state = RollingState.load(bytes(stored or b""))
    at = state.settled(now.timestamp())
    scoring = written.scoring
    parts = scores.contributions(state, written.catalogue, at, scoring.k)
    intent = sum(part.intent for part in parts)
    sources = {row.pk: row for row in Source.objects.filter(pk__in={part.source_id for part in parts})}
    types = {row.pk: row for row in SignalType.objects.filter(pk__in={part.type_id for part in parts})}
    fit = explain_fit(account, now=now)
    return {
        "account": account.pk,
        "account_name": account.name,
        "account_domain": account.domain,
        "at": datetime.fromtimestamp(at, tz=UTC),
        "value": scores.score(account.fit, intent, scoring.w_fit, scoring.w_intent),
        "fit": account.fit,
        "fit_name": scores.fit_name(account.fit),
        "intent": intent,
        "weights": {"fit": scoring.w_fit, "intent": scoring.w_intent},
        "parts": {"fit": scoring.w_fit * account.fit, "intent": scoring.w_intent * intent},
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

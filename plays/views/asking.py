"""Why this play, why not that, why not yet: asked on an account, answered now, and nothing is written."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.ui.access import page
from abmops.ui.partials import part
from accounts.models import Account
from accounts.views.account_page import visible_account
from accounts.views.people import reader
from plays.models import Play
from plays.selectors import asking


@page()
def ask(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every rule of one play on one account, as it stands now. `?play=` is the play's number."""
    user, now = reader(request), timezone.now()
    account = visible_account(request, pk)
    plays = asking.askable()
    wanted = request.GET.get("play", "")
    play = next((one for one in plays if str(one.pk) == wanted), None)
    context = {
        "account": account,
        "plays": plays,
        "play": play,
        "asked": asking.ask(play, account, now=now) if play is not None else None,
        "may_start": play is not None
        and play.status == Play.Status.ACTIVE
        and user.has_role(Role.REVOPS, Role.REP, Role.MARKETER)
        and Account.objects.editable_by(user).filter(pk=account.pk).exists(),
        "now": now,
    }
    return part(request, "plays/partials/ask_play.html", context, title=f"Ask about a play on {account.name}")

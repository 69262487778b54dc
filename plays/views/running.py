"""What people do with a play that runs on an account: hand it over, and take back that it was stopped."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.models import User
from accounts.views.people import reader
from plays import services
from plays.models import Enrollment


@page(Role.REVOPS, Role.REP, Role.MARKETER)
@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All of it is somebody else's from now on."""
    user, found = reader(request), _editable(request, pk)
    to = User.objects.filter(is_active=True, pk=_number(request.POST.get("to", ""))).first()
    try:
        if to is None:
            raise AbmopsError("Choose who takes it over.")
        services.hand_over(
            enrollment=found, to=to, by=user, reason=request.POST.get("reason", ""), now=timezone.now()
        )
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"{found.play.name} on {found.account.name} is {to}'s now, with every step to come.")
    return redirect("plays:enrollment", pk=pk)


@page(Role.REVOPS, Role.REP, Role.MARKETER)
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Undo that it was stopped."""
    found = _editable(request, pk)
    try:
        services.restore_enrollment(enrollment=found, by=reader(request), now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(
            request,
            f"{found.play.name} goes on at {found.account.name}, due later by the time it was stopped.",
        )
    return redirect("plays:enrollment", pk=pk)


def _editable(request: HttpRequest, pk: int) -> Enrollment:
    found = get_object_or_404(
        Enrollment.objects.visible_to(reader(request)).select_related("play", "account"), pk=pk
    )
    if not Enrollment.objects.editable_by(reader(request)).filter(pk=pk).exists():
        raise PermissionDenied
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0

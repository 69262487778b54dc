"""The register, one escalation, and opening one. Every form works without JavaScript."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from abmops.ui import typed
from abmops.ui.access import page
from abmops.ui.toasts import toast
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from governance import services
from governance.models import Escalation, EscalationLink
from governance.selectors.subjects import page_of
from governance.views.forms import CommentForm, OpenForm, ResolveForm, WithdrawForm

PAGE_SIZE = 25


@page()
def register(request: HttpRequest) -> HttpResponse:
    """What is open, the most pressing first; below it what was decided."""
    now = timezone.now()
    visible = Escalation.objects.visible_to(reader(request)).with_people()
    closed = Paginator(visible.closed(), PAGE_SIZE).get_page(request.GET.get("page"))
    still_open = [(row, row.is_overdue(now)) for row in visible.still_open()]
    context = {"now": now, "today": now.date(), "open": still_open, "page": closed}
    return render(request, "governance/escalations.html", context)


@page()
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponseBase:
    """Open an escalation; `?account=` fills in what it is about."""
    now, user = timezone.now(), reader(request)
    about = request.GET.get("account", "")
    form = OpenForm(
        request.POST or None,
        reader=user,
        initial={"accounts": [about] if typed.row_id(about) else []},
    )
    if form.is_valid():
        said = form.cleaned_data
        made: list[Escalation] = []

        def act() -> None:
            made.append(
                services.open_escalation(
                    title=said["title"],
                    why=said["why"],
                    deadline=said["deadline"],
                    deciders=list(said["deciders"]),
                    subjects=[services.Subject("account", account.pk) for account in said["accounts"]],
                    by=user,
                    now=now,
                )
            )

        if carried_out(form, act):
            toast(request, "The escalation is open. Its deciders see it in the register.")
            return redirect(made[0])
    return render(request, "governance/new.html", {"form": form, "now": now}, status=_status(form))


@page()
def escalation(request: HttpRequest, pk: int) -> HttpResponse:
    """One escalation with everything said about it."""
    return _show(request, _visible(request, pk), {})


@page()
@require_http_methods(["POST"])
def resolve(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Close it with what was decided."""
    row, user, now = _visible(request, pk), reader(request), timezone.now()
    form = ResolveForm(request.POST)
    if form.is_valid() and carried_out(
        form,
        lambda: services.resolve_escalation(
            escalation=row, outcome=form.cleaned_data["outcome"], by=user, now=now
        ),
    ):
        toast(request, "The escalation is resolved.")
        return redirect(row)
    return _show(request, row, {"resolve": form})


@page()
@require_http_methods(["POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take it back."""
    row, user, now = _visible(request, pk), reader(request), timezone.now()
    form = WithdrawForm(request.POST)
    if form.is_valid() and carried_out(
        form,
        lambda: services.withdraw_escalation(
            escalation=row, reason=form.cleaned_data["reason"], by=user, now=now
        ),
    ):
        toast(request, "The escalation is withdrawn.")
        return redirect(row)
    return _show(request, row, {"withdraw": form})


@page()
@require_http_methods(["POST"])
def comment(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Add to the discussion."""
    row, user, now = _visible(request, pk), reader(request), timezone.now()
    form = CommentForm(request.POST)
    if form.is_valid() and carried_out(
        form, lambda: services.comment(escalation=row, text=form.cleaned_data["text"], by=user, now=now)
    ):
        return redirect(row)
    return _show(request, row, {"comment": form})


def _visible(request: HttpRequest, pk: int) -> Escalation:
    return get_object_or_404(Escalation.objects.visible_to(reader(request)).with_people(), pk=pk)


def _show(request: HttpRequest, row: Escalation, bound: dict[str, forms.Form]) -> HttpResponse:
    now, user = timezone.now(), reader(request)
    links: list[tuple[EscalationLink, str | None]] = [(link, page_of(link)) for link in row.links.all()]
    is_open = row.state == Escalation.State.OPEN
    context: dict[str, Any] = {
        "now": now,
        "escalation": row,
        "is_overdue": row.is_overdue(now),
        "links": links,
        "events": row.events.select_related("by"),
        "resolve": bound.get("resolve") or ResolveForm()
        if is_open and row.may_be_resolved_by(user)
        else None,
        "withdraw": bound.get("withdraw") or WithdrawForm()
        if is_open and row.may_be_withdrawn_by(user)
        else None,
        "comment": bound.get("comment") or CommentForm(),
    }
    return render(request, "governance/escalation.html", context, status=422 if bound else 200)


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound and form.errors else 200

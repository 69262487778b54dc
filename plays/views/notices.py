"""What a person was told, read and unread, and how they want to be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import is_aware
from django.views.decorators.http import require_POST

from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import toast
from accounts.models import User
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays.domain.notifying import GROUPS, WAYS, default_way, group_of
from plays.models import Endpoint, Notice, NoticeWishes
from plays.selectors import outbox
from plays.services.notice.reading import mark_read, mark_unread
from plays.services.notice.wishing import save_wishes
from plays.views.doing import safe_back

PAGE_SIZE = 50
HOURS = [("", "No quiet hours")] + [(str(hour), f"{hour:02d}:00") for hour in range(24)]


class WishesForm(forms.Form):
    """Which notices come which way, and when."""

    digest_way = forms.ChoiceField(label="The digest comes", choices=NoticeWishes.DigestWay.choices)
    digest_hour = forms.TypedChoiceField(
        label="At", choices=HOURS[1:], coerce=int, help_text="Of your own day, also when the clocks change."
    )
    quiet_from = forms.TypedChoiceField(
        label="Quiet from", choices=HOURS, coerce=int, empty_value=None, required=False
    )
    quiet_to = forms.TypedChoiceField(
        label="Quiet until",
        choices=HOURS,
        coerce=int,
        empty_value=None,
        required=False,
        help_text="What comes at once waits until the quiet hours are over.",
    )
    slack_member = forms.CharField(
        label="Your Slack member id",
        max_length=24,
        required=False,
        help_text="Like U012AB3CD. In Slack: your profile, the three dots, Copy member ID.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group in GROUPS:
            self.fields[f"way-{group.key}"] = forms.ChoiceField(
                label=group.name, help_text=group.meaning, choices=tuple(WAYS.items())
            )
        self.order_fields([f"way-{group.key}" for group in GROUPS])


@page()
def notices(request: HttpRequest) -> HttpResponseBase:
    """Everything the reader was told, the newest first."""
    user = reader(request)
    show = request.GET.get("show", "")
    q = request.GET.get("q", "").replace("\0", "").strip()[:120]
    kind = request.GET.get("kind", "")
    rows = _found(user, show=show, q=q, kind=kind)
    context = {
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "show": show,
        "q": q,
        "kind": kind,
        "groups": GROUPS,
        "unread": Notice.objects.visible_to(user).unread().count(),
        "is_narrow": bool(show or q or kind),
        "address": request.GET.urlencode(),
        "now": timezone.now(),
    }
    return render(request, "plays/notices/list.html", context)


def _found(user: User, *, show: str, q: str, kind: str) -> QuerySet[Notice]:
    rows = Notice.objects.visible_to(user)
    if show == "unread":
        rows = rows.unread()
    if q:
        rows = rows.filter(text__icontains=q)
    named = {group.key: group for group in GROUPS}
    if kind == "other":
        rows = rows.exclude(kind__in={one for group in GROUPS for one in group.kinds})
    elif kind in named:
        rows = rows.filter(kind__in=named[kind].kinds)
    return rows.order_by("-at", "-pk")


@page()
def notices_csv(request: HttpRequest) -> HttpResponseBase:
    """The list as narrowed."""
    show, q, kind = (request.GET.get(name, "") for name in ("show", "q", "kind"))
    rows = _found(reader(request), show=show, q=q.replace("\0", "")[:120], kind=kind)

    def lines() -> Iterator[list[Any]]:
        for one in rows.iterator(chunk_size=500):
            read = one.read_at.isoformat(timespec="seconds") if one.read_at else ""
            yield [one.at.isoformat(timespec="seconds"), group_of(one.kind).name, one.text, one.url, read]

    return csv_answer("notices", ["at", "about", "text", "page", "read_at"], lines())


@page()
@require_POST
def read_all(request: HttpRequest) -> HttpResponseBase:
    """All notices count as read; the message takes that back."""
    now = timezone.now()
    count = mark_read(user=reader(request), now=now)
    if count:
        said = "1 notice is read." if count == 1 else f"{count} notices are read."
        toast(
            request, said, undo_url=f"{reverse('plays:notices_unread')}?{urlencode({'at': now.isoformat()})}"
        )
    else:
        toast(request, "There was nothing new.")
    return _back(request)


@page()
@require_POST
def unread_all(request: HttpRequest) -> HttpResponseBase:
    """Undo `read_all`: what was marked at that moment is new again."""
    try:
        at = parse_datetime(request.GET.get("at", ""))
    except ValueError:
        at = None
    count = mark_unread(user=reader(request), read_at=at) if at is not None and is_aware(at) else 0
    toast(request, "1 notice is new again." if count == 1 else f"{count} notices are new again.")
    return _back(request)


@page()
def open_one(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Go where a notice leads; it is read with that.

    A link of a message says `to`, a page of ours, too: for a colleague whom it was passed on to, and for when the
    notice is forgotten. Nothing is read then.
    """
    user = reader(request)
    notice = Notice.objects.visible_to(user).filter(pk=pk).first()
    target = request.GET.get("to", "")
    if notice is not None:
        mark_read(user=user, notice=notice, now=timezone.now())
        target = notice.url
    elif not target:
        raise Http404
    is_ours = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return redirect(target if is_ours else "plays:notices")


@page()
@require_POST
def read_one(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One notice counts as read."""
    mark_read(user=reader(request), notice=_one(request, pk), now=timezone.now())
    toast(request, "The notice is read.", undo_url=reverse("plays:notice_unread", args=[pk]))
    return _back(request)


@page()
@require_POST
def unread_one(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One notice is new again."""
    mark_unread(user=reader(request), notice=_one(request, pk))
    return _back(request)


def _one(request: HttpRequest, pk: int) -> Notice:
    return get_object_or_404(Notice.objects.visible_to(reader(request)), pk=pk)


def _back(request: HttpRequest) -> HttpResponseBase:
    return redirect(safe_back(request, otherwise=reverse("plays:notices")))


@page()
def wishes(request: HttpRequest) -> HttpResponseBase:
    """How the reader wants to be told; mails link here to be left in peace."""
    user = reader(request)
    row = NoticeWishes.objects.filter(user=user).first() or NoticeWishes(user=user)
    initial: dict[str, Any] = {
        "digest_way": row.digest_way,
        "digest_hour": row.digest_hour,
        "quiet_from": row.quiet_from,
        "quiet_to": row.quiet_to,
        "slack_member": row.slack_member,
    } | {f"way-{group.key}": row.ways.get(group.key) or default_way(group) for group in GROUPS}
    form = WishesForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid() and _saved(form, user):
        toast(request, "Your choices are saved. They hold from now on.")
        return redirect("plays:notice_wishes")
    context = {
        "form": form,
        "groups": [form[f"way-{group.key}"] for group in GROUPS],
        "rest": [
            form[name] for name in ("digest_way", "digest_hour", "quiet_from", "quiet_to", "slack_member")
        ],
        "mail_problem": outbox.mail_problem(),
        "has_bot": Endpoint.objects.active().filter(surface=Endpoint.Surface.SLACK_BOT).exists(),
        "zone": user.time_zone,
        "now": timezone.now(),
    }
    return render(request, "plays/notices/wishes.html", context, status=422 if form.errors else 200)


def _saved(form: WishesForm, user: User) -> bool:
    said = form.cleaned_data
    return carried_out(
        form,
        lambda: save_wishes(
            user=user,
            ways={group.key: said[f"way-{group.key}"] for group in GROUPS},
            digest_hour=said["digest_hour"],
            digest_way=said["digest_way"],
            quiet_from=said["quiet_from"],
            quiet_to=said["quiet_to"],
            slack_member=said["slack_member"],
        ),
    )


@page()
@require_POST
def leave_me(request: HttpRequest) -> HttpResponseBase:
    """No mail and no Slack any more, in one click; notices stay in the program."""
    save_wishes(
        user=reader(request),
        ways={group.key: "here" for group in GROUPS},
        digest_hour=8,
        digest_way="none",
        quiet_from=None,
        quiet_to=None,
        slack_member="",
    )
    toast(request, "Nothing comes by e-mail or Slack any more. What you are told stands under Notices.")
    return redirect("plays:notice_wishes")

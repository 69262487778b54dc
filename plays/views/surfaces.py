"""Surfaces: the places outside that the program speaks to. Added, tried, given another secret, switched off and on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError, FieldErrors
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import complain, toast
from accounts.models import User
from accounts.views.people import reader
from plays import surfaces as ways
from plays.domain.outgoing import EVENTS, NAMES
from plays.models import Endpoint
from plays.models.endpoint import MAIL
from plays.selectors import outbox
from plays.services.outbox import endpoints, sealing

KINDS: tuple[dict[str, str], ...] = (
    {
        "surface": "webhook",
        "title": "Webhook",
        "meaning": "Signed calls to an address of your own program, a warehouse or an automation tool.",
    },
    {
        "surface": "slack_webhook",
        "title": "Slack channel",
        "meaning": "One channel, by the incoming-webhook address that Slack gives out. The quickest way in.",
    },
    {
        "surface": "slack_bot",
        "title": "Slack bot",
        "meaning": "Any channel the bot is in, and messages to single people. Needs a bot token.",
    },
    {"surface": "email", "title": "E-mail", "meaning": "A mailbox or list that gets a mail for each event."},
)


class EndpointForm(forms.Form):
    """One surface; what it asks for depends on its kind."""

    name = forms.CharField(
        max_length=120, help_text="What people will know it by, like “Warehouse” or “#abm-alerts”."
    )
    target = forms.CharField(max_length=500)
    secret = forms.CharField(
        max_length=500, required=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )
    types = forms.MultipleChoiceField(
        label="What it is told of",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, meaning) for name, meaning in EVENTS.items()],
    )
    owner = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        empty_label="Nobody",
        label="Who is told when it fails",
    )

    def __init__(self, *args: Any, surface: str, is_new: bool, is_mail: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = User.objects.filter(is_active=True).exclude(role=Role.INTEGRATION).order_by("name")
        target, secret = self.fields["target"], self.fields["secret"]
        kept = "" if is_new else " Leave it empty to keep the one there is."
        match surface:
            case "webhook":
                target.label, target.help_text = (
                    "Address",
                    "Where to POST, https only: https://example.com/hooks/abmops",
                )
                del self.fields["secret"]
            case "slack_webhook":
                del self.fields["target"]
                secret.label, secret.required = "Webhook address", is_new
                secret.help_text = (
                    f"https://hooks.slack.com/services/… It is kept sealed and never shown again.{kept}"
                )
            case "slack_bot":
                target.label, target.help_text = (
                    "Channel",
                    "Its name, like #abm, or its id. Invite the bot to it.",
                )
                secret.label, secret.required = "Bot token", is_new
                secret.help_text = (
                    f"Begins with xoxb- and needs chat:write. It is kept sealed and never shown again.{kept}"
                )
            case _:
                target.label, target.help_text = "Addresses", "Up to 20, separated by commas."
                del self.fields["secret"]
        if is_mail:
            for name in ("target", "types"):
                self.fields.pop(name, None)


@page(Role.REVOPS)
def surfaces(request: HttpRequest) -> HttpResponseBase:
    """All of them, with how they do."""
    now, user = timezone.now(), reader(request)
    context = {
        "rows": list(outbox.endpoints(user, now=now)),
        "kinds": KINDS,
        "mail_problem": ways.named("email").problem(),
        "given_up": outbox.given_up(user),
        "tab": "surfaces",
        "now": now,
    }
    return render(request, "plays/surfaces/list.html", context)


@page(Role.REVOPS)
def surfaces_csv(request: HttpRequest) -> HttpResponseBase:
    """The same as a file; no secret is in it."""
    now = timezone.now()
    header = [
        "name",
        "kind",
        "address",
        "events",
        "owner",
        "on",
        "sent_24h",
        "given_up_24h",
        "waiting",
        "last_sent",
    ]
    rows = outbox.endpoints(reader(request), now=now)
    return csv_answer(
        "surfaces",
        header,
        (
            [
                one.name, one.surface, shown(one), " ".join(one.types), one.owner.email if one.owner else "",
                "yes" if one.is_active else "no", one.sent_day, one.dead_day, one.waiting,  # type: ignore[attr-defined]
                one.last_sent.isoformat(timespec="seconds") if one.last_sent else "",  # type: ignore[attr-defined]
            ]
            for one in rows
        ),
    )  # fmt: skip


def shown(endpoint: Endpoint) -> str:
    """The address without what is secret in it."""
    if endpoint.surface == Endpoint.Surface.WEBHOOK:
        return ways.named("webhook").shown(ways.Address(target=endpoint.target))
    return endpoint.target


@page(Role.REVOPS)
@never_cache
def add(request: HttpRequest, surface: str) -> HttpResponseBase:
    """A form for one kind of surface; the new webhook's secret is shown at the next page."""
    kind = next((one for one in KINDS if one["surface"] == surface), None)
    if kind is None:
        return redirect("plays:surfaces")
    user = reader(request)
    initial = {"owner": user.pk, "types": list(EVENTS) if surface == "webhook" else ["escalation.opened"]}
    form = EndpointForm(
        request.POST if request.method == "POST" else None, surface=surface, is_new=True, initial=initial
    )
    made: list[Endpoint] = []
    if form.is_valid():
        said = form.cleaned_data
        carried(
            form,
            lambda: made.append(
                endpoints.add_endpoint(
                    name=said["name"],
                    surface=surface,
                    target=said.get("target", ""),
                    secret=said.get("secret", ""),
                    types=said["types"],
                    owner=said["owner"] or user,
                    now=timezone.now(),
                )
            ),
        )
    if made:
        toast(request, f"{made[0].name} is added. Send it a test message to see that it arrives.")
        return redirect("plays:surface", made[0].pk)
    context = {
        "form": form,
        "kind": kind,
        "title": f"Add: {kind['title']}",
        "act": "Add it",
        "now": timezone.now(),
    }
    return render(request, "plays/surfaces/form.html", context, status=422 if form.errors else 200)


@page(Role.REVOPS)
@never_cache
def surface(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One surface: how it does, its last messages, its settings."""
    now, user = timezone.now(), reader(request)
    endpoint = get_object_or_404(outbox.endpoints(user, now=now), pk=pk)
    is_mail = endpoint.slug == MAIL
    initial = {
        "name": endpoint.name,
        "target": endpoint.target,
        "types": endpoint.types,
        "owner": endpoint.owner_id,
    }
    form = EndpointForm(
        request.POST if request.method == "POST" else None,
        surface=endpoint.surface,
        is_new=False,
        is_mail=is_mail,
        initial=initial,
    )
    if form.is_valid() and _changed(form, endpoint):
        toast(request, f"{form.cleaned_data['name']} is saved.")
        return redirect("plays:surface", pk)
    context = {
        "endpoint": endpoint,
        "shown": shown(endpoint),
        "form": form,
        "is_mail": is_mail,
        "is_webhook": endpoint.surface == Endpoint.Surface.WEBHOOK,
        "problem": ways.named(endpoint.surface).problem(),
        "events": [NAMES[name] for name in endpoint.types],
        "recent": outbox.deliveries(user, outbox.Wanted(surface=pk))[:10],
        "former": len(sealing.signing_secrets(endpoint, now=now)) > 1,
        "site": settings.SITE_URL,
        "now": now,
    }
    return render(request, "plays/surfaces/one.html", context, status=422 if form.errors else 200)


def _changed(form: EndpointForm, endpoint: Endpoint) -> bool:
    said = form.cleaned_data
    return carried(
        form,
        lambda: endpoints.change_endpoint(
            endpoint=endpoint,
            name=said["name"],
            target=said.get("target", endpoint.target),
            secret=said.get("secret", ""),
            types=said.get("types", []),
            owner=said["owner"],
            now=timezone.now(),
        ),
    )


def carried(form: forms.Form, act: Any) -> bool:
    """Do it; what is wrong stands at its field."""
    try:
        act()
    except FieldErrors as error:
        for one in error.errors:
            name = one.pointer.strip("/")
            form.add_error(name if name in form.fields else None, one.detail)
        return False
    except AbmopsError as error:
        form.add_error(None, error.message)
        return False
    return True


@page(Role.REVOPS)
@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a test message; the page of the delivery shows what came of it."""
    endpoint = _endpoint(request, pk)
    try:
        delivery = endpoints.send_test(endpoint=endpoint, by=reader(request), now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
        return redirect("plays:surface", pk)
    toast(request, "The test message is on its way. Reload this page to see what came back.")
    return redirect("plays:delivery", delivery.pk)


@page(Role.REVOPS)
@never_cache
def secret(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A webhook's signing secret: asked for, then shown; or another one made."""
    endpoint = get_object_or_404(
        Endpoint.objects.visible_to(reader(request)), pk=pk, surface=Endpoint.Surface.WEBHOOK
    )
    now, told = timezone.now(), ""
    if request.method == "POST" and request.POST.get("action") == "rotate":
        told = endpoints.rotate_secret(endpoint=endpoint, now=now)
    elif request.method == "POST":
        told = sealing.signing_secret(endpoint)
    context = {
        "endpoint": endpoint,
        "secret": told,
        "former": len(sealing.signing_secrets(endpoint, now=now)) > 1,
        "hours": int(sealing.FORMER_SIGNS.total_seconds() // 3600),
        "now": now,
    }
    return render(request, "plays/surfaces/secret.html", context)


@page(Role.REVOPS)
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Off or on; each is the other's undo."""
    endpoint, now = _endpoint(request, pk), timezone.now()
    try:
        if endpoint.is_active:
            endpoints.disable_endpoint(endpoint=endpoint, by=reader(request), now=now)
            toast(
                request, f"{endpoint.name} is switched off. What waits for it stays.", undo_url=request.path
            )
        else:
            count = endpoints.enable_endpoint(endpoint=endpoint, now=now)
            waited = f" {count} message{'s' if count != 1 else ''} had waited and go now." if count else ""
            toast(request, f"{endpoint.name} is switched on.{waited}")
    except AbmopsError as error:
        complain(request, error.message)
    return redirect("plays:surface", pk)


def _endpoint(request: HttpRequest, pk: int) -> Endpoint:
    return get_object_or_404(Endpoint.objects.visible_to(reader(request)), pk=pk)

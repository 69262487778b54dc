"""What a person does to accounts from the pages: log a touch, add somebody, change the list, hand on."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Direction, Role
from abmops.lib.errors import Conflict
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.domain.records import ContactRecord
from accounts.models import Account, Contact, ListMembership
from accounts.services import contact as contacts
from accounts.services import membership as target_list
from accounts.services import touch as touches
from accounts.views.account_page import visible_account
from accounts.views.carrying_out import carried_out
from accounts.views.forms import ContactForm, TierForm, TouchForm, side_of
from accounts.views.people import reader
from accounts.views.target_list.forms import override_field

EDITORS = (Role.MARKETER, Role.REP, Role.REVOPS)


def editable_account(request: HttpRequest, pk: int) -> Account:
    """The account if the reader may change it; 404 where they may not see it, 403 where they may only look."""
    shown = visible_account(request, pk)
    if not Account.objects.editable_by(reader(request)).filter(pk=shown.pk).exists():
        raise PermissionDenied
    return shown


def _answer(request: HttpRequest, form: forms.Form, **context: Any) -> HttpResponse:
    """The form's page; 422 when it comes back with errors."""
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "accounts/form.html", {"form": form, **context}, status=status)


def warn_of_a_no(request: HttpRequest, contact: Contact | None, channel: str, direction: str) -> None:
    """A touch that went to somebody who said no is a fact and stays logged; whoever logs it is told."""
    why = contact.refuses(channel) if contact is not None and direction == Direction.OUTBOUND else ""
    if why:
        complain(request, f"{contact} {why}. The touch is on the record as it happened; do not repeat it.")


@page(*EDITORS)
def log_touch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Log a touch on the account's timeline."""
    shown, user, now = editable_account(request, pk), reader(request), timezone.now()
    first = {
        "occurred_at": timezone.localtime(now),
        "side": side_of(user),
        "contact": request.GET.get("contact"),
    }
    form = TouchForm(request.POST or None, account=shown, initial=first)
    if form.is_valid():
        said = form.cleaned_data

        def act() -> None:
            touches.log_touch(account=shown, person=user, now=now, **said)

        if carried_out(form, act):
            toast(request, f"Logged on {shown.name}.")
            warn_of_a_no(request, said["contact"], said["channel"], said["direction"])
            return redirect("accounts:account", pk=pk)
    return _answer(request, form, account=shown, title="Log a touch", act="Log it")


@page(*EDITORS)
def add_contact(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Add a person, or complete one with the same e-mail."""
    shown, now = editable_account(request, pk), timezone.now()
    form = ContactForm(request.POST or None, account=shown, initial={"role": request.GET.get("role", "")})
    if form.is_valid() and carried_out(form, lambda: _save_contact(shown, form, now)):
        toast(request, f"{form.cleaned_data['name']} is on the committee of {shown.name}.")
        return redirect(f"{reverse('accounts:account', args=[pk])}#committee")
    return _answer(request, form, account=shown, title="Add a person", act="Add")


def _save_contact(shown: Account, form: ContactForm, now: Any) -> None:
    said = form.cleaned_data
    record = ContactRecord(
        name=said["name"],
        email=said["email"],
        title=said["title"],
        phone=said["phone"],
        role=said["role"] or None,
        influence=said["influence"],
        account_domain=shown.domain,
    )
    if said["reports_to"] is not None:
        record["reports_to"] = said["reports_to"].email
    result = contacts.upsert_contacts(records={0: record}, now=now, source="Added on the account page")
    if result.errors:
        raise Conflict(" ".join(error.detail for error in result.in_order()))


@page(*EDITORS)
def change_tier(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Put the account on the target list, move it, or take it off, with side and reason."""
    shown, user, now = editable_account(request, pk), reader(request), timezone.now()
    form = TierForm(
        request.POST or None, initial={"tier": str(shown.tier) if shown.tier else "", "side": side_of(user)}
    )
    if "override" in request.POST:
        form.fields["override"] = override_field()
    if form.is_valid():
        changed: list[ListMembership | None] = []

        def act() -> None:
            said = form.cleaned_data
            changed.append(
                target_list.place_on_list(
                    account=shown,
                    tier=form.chosen(),
                    side=said["side"],
                    reason=said["reason"],
                    by=user,
                    now=now,
                    override=said.get("override", ""),
                )
            )

        if carried_out(form, act):
            row = changed[0]
            if row is None:
                toast(request, f"{shown.name} was there already; nothing has changed.")
            else:
                undo = reverse("accounts:tier_undo", args=[pk, row.pk])
                toast(request, f"{shown.name} is now {_place(row.tier)}.", undo_url=undo)
            return redirect("accounts:account", pk=pk)
    return _answer(request, form, account=shown, title="Change tier", act="Change it")


@page(*EDITORS)
@require_POST
def undo_tier(request: HttpRequest, pk: int, change: int) -> HttpResponseBase:
    """Put the account back where it was before a change, as a change of its own; history loses nothing."""
    shown, user = editable_account(request, pk), reader(request)
    row = ListMembership.objects.filter(pk=change, account=shown).first()
    if row is None:
        complain(request, "This change is no longer on record, as after a merge; nothing was taken back.")
        return redirect("accounts:account", pk=shown.pk)
    before = (
        ListMembership.objects.filter(account=shown, valid_from__lt=row.valid_from)
        .order_by("-valid_from")
        .first()
    )
    if row.valid_to is not None:
        complain(request, "The list has been changed again since; that change was left as it is.")
    else:
        back = before.tier if before else None
        place = target_list.Place(shown.pk, back, row.side, f"Taken back: {row.reason}")
        target_list.place_many(places=[place], by=user, now=timezone.now(), taking_back=True)
        toast(request, f"Taken back. {shown.name} is {_place(back)} again.")
    return redirect("accounts:account", pk=shown.pk)


def _place(tier: int | None) -> str:
    return f"in tier {tier}" if tier else "off the list"

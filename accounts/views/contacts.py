"""One contact's own pages: every field, where they sit, and what they said no to."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Channel, Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.models import Account, Contact
from accounts.services import contact as contacts
from accounts.services.contact.editing import Said, edit_contact
from accounts.views.carrying_out import carried_out
from accounts.views.forms import PersonForm
from accounts.views.people import reader

EDITORS = (Role.MARKETER, Role.REP, Role.REVOPS)


class EditForm(PersonForm):
    """Everything that is known of a contact."""

    email = forms.EmailField(label="E-mail", max_length=254, required=False)
    seniority = forms.CharField(max_length=40, required=False, help_text="For example c_level, vp, head.")
    persona = forms.CharField(
        max_length=80,
        required=False,
        help_text="Which of a play's wordings speaks to them, for example quality.",
    )
    reports_to = forms.ModelChoiceField(
        Contact.objects.none(), required=False, label="Reports to", empty_label="Not known"
    )
    account = forms.CharField(
        label="Account",
        max_length=255,
        help_text="Its domain, or its whole name. Another one moves the person there, out of this org chart.",
    )

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reports_to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = (
            Contact.objects.known().filter(account=contact.account_id).exclude(pk=contact.pk).order_by("name")
            if contact.account_id
            else Contact.objects.none()
        )

    def clean_account(self) -> Account:
        """The account that is meant, by domain or name; one only."""
        text = self.cleaned_data["account"].strip()
        by_domain = Account.objects.filter(domains__domain=text.lower()).first()
        found = [by_domain] if by_domain else list(Account.objects.filter(name__iexact=text)[:2])
        if not found:
            raise forms.ValidationError(f"No account has the domain or name “{text}”.")
        if len(found) > 1:
            raise forms.ValidationError(f"Several accounts are called “{text}”: give the domain.")
        return found[0]


def editable_contact(request: HttpRequest, pk: int) -> Contact:
    """The contact if the reader may change it; 404 where there is none, 403 where they may only look."""
    contact = get_object_or_404(Contact.objects.select_related("account__owner"), pk=pk)
    user = reader(request)
    if contact.erased_at is not None:
        raise Http404("This person was erased.")
    if contact.account_id is None:
        if not user.has_role(Role.REVOPS, Role.MARKETER):
            raise PermissionDenied
    elif not Account.objects.editable_by(user).filter(pk=contact.account_id).exists():
        raise PermissionDenied
    return contact


@page(*EDITORS)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every field of a contact, and below it what they said no to."""
    contact, user = editable_contact(request, pk), reader(request)
    account = contact.account
    first = {
        name: getattr(contact, name) for name in EditForm.base_fields if name not in ("reports_to", "account")
    }
    first |= {
        "reports_to": contact.reports_to_id,
        "account": (account.domain or account.name) if account else "",
    }
    form = EditForm(request.POST or None, contact=contact, initial=first)
    if form.is_valid():
        said = form.cleaned_data
        if not Account.objects.editable_by(user).filter(pk=said["account"].pk).exists():
            form.add_error("account", "You may not add people to this account: it is somebody else's.")
        elif _written(form, contact, request):
            toast(request, f"{said['name']} is saved.")
            return redirect(_back(said["account"].pk))
    return _answer(request, contact, form, 422 if form.errors else 200)


def _written(form: EditForm, contact: Contact, request: HttpRequest) -> bool:
    said = Said(**{**form.cleaned_data, "email": form.cleaned_data["email"] or None})
    user, now = reader(request), timezone.now()
    return carried_out(form, lambda: edit_contact(contact=contact, said=said, by=user, now=now))


def _answer(request: HttpRequest, contact: Contact, form: EditForm, status: int) -> HttpResponse:
    user = reader(request)
    outs = {out.channel: out for out in contact.opt_outs.all()}
    context = {
        "now": timezone.now(),
        "contact": contact,
        "account": contact.account,
        "form": form,
        "channels": [(value, label, outs.get(value)) for value, label in Channel.choices],
        "may_lift": contacts.may_lift(contact, user),
        "may_erase": user.has_role(Role.REVOPS),
    }
    return render(request, "accounts/contacts/edit.html", context, status=status)


@page(*EDITORS)
@require_POST
def say_no(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Record or take back one no: `do` is stop, allow, out or in; `why` says where it comes from."""
    contact, user, now = editable_contact(request, pk), reader(request), timezone.now()
    do, channel, why = (request.POST.get(name, "") for name in ("do", "channel", "why"))
    label = dict(Channel.choices).get(channel, channel).lower()
    try:
        match do:
            case "stop" | "allow":
                contacts.mark_do_not_contact(
                    contact=contact, is_on=do == "stop", source=why, by=user, now=now
                )
                said = "must not be contacted" if do == "stop" else "may be contacted again"
            case "out":
                contacts.opt_out(contact=contact, channel=channel, source=why, now=now, by=user)
                said = f"is opted out of {label}; open tasks have gone to somebody else"
            case "in":
                contacts.lift_opt_out(contact=contact, channel=channel, reason=why, by=user, now=now)
                said = f"may be contacted by {label} again"
            case _:
                raise AbmopsError("Choose what to record.")
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, f"{contact} {said}.")
    return redirect(f"{reverse('accounts:contact', args=[pk])}#no")


def _back(account_id: int) -> str:
    return reverse("accounts:committee", args=[account_id])

"""The customer profile: what is in force, its versions, a draft with its preview, and adopting it."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.partials import part
from abmops.ui.toasts import toast
from accounts.domain.fit import FIELDS, fit_of
from accounts.domain.icp import BANDS, BINS, finished, read_draft
from accounts.models import IcpModel, IcpProposal
from accounts.selectors import icp as profiles
from accounts.selectors import icp_preview as previews
from accounts.selectors.fit import companies, criteria_in_force, model_in_force
from accounts.selectors.icp_history import proposals
from accounts.services.account import adopt_icp
from accounts.services.changes import acting
from accounts.services.icp import adopt_proposal
from accounts.views import icp_draft as drafts
from accounts.views.account_page import visible_account
from accounts.views.icp_forms import AdoptForm
from accounts.views.icp_pictures import histogram
from accounts.views.people import reader


def draft_of(request: HttpRequest, current: IcpModel | None) -> tuple[drafts.Raw, bool]:
    """The draft that the address holds, else the profile in force; and whether it is a draft."""
    word = request.GET.get("draft", "")
    if word and (raw := drafts.unpacked(word)) is not None:
        return raw, True
    number = request.GET.get("version", "")
    if number.isdecimal() and (old := profiles.version(int(number[:9]))) is not None:
        return [drafts.tidy(item) for item in old.model.criteria], True
    return [drafts.tidy(item) for item in current.criteria] if current else [], False


def workbench(request: HttpRequest, raw: drafts.Raw, now: datetime) -> dict[str, Any]:
    """What the editor and the preview beside it show of a draft."""
    return {
        "now": now,
        "editor": drafts.rows_of(raw, previews.values_offered()),
        "field_names": [(name, drafts.FIELD_NAMES[name]) for name in FIELDS],
        **previewed(request, raw, now),
    }


def previewed(request: HttpRequest, raw: drafts.Raw, now: datetime) -> dict[str, Any]:
    """The preview of a draft: the counts, and who would move furthest."""
    lines = read_draft(raw)
    made = previews.preview(finished(lines), now=now)
    shift = made.shift
    return {
        "now": now,
        "draft": drafts.packed(raw),
        "shift": shift,
        "said": profiles.said(made.criteria),
        "troubles": [line.trouble for line in lines if line.trouble],
        "picture": histogram(shift.now, shift.then),
        "bins": [
            (place, place * 100 // BINS, old, new)
            for place, (old, new) in enumerate(zip(shift.now, shift.then, strict=True))
            if old or new
        ],
        "bands": BANDS,
        "tiers": [(one.tier, list(zip(BANDS, one.now, one.then, strict=True))) for one in shift.tiers],
        "movers": made.top(user=reader(request)),
        "may_adopt": made.criteria != criteria_in_force() and reader(request).has_role(Role.REVOPS),
        "back_to": request.GET.get("version", "") if request.GET.get("version", "").isdecimal() else "",
    }


@page()
def profile(request: HttpRequest) -> HttpResponse:
    """The profile in force, its versions, and the editor with its preview."""
    now, current = timezone.now(), model_in_force()
    raw, is_draft = draft_of(request, current)
    context = {
        **workbench(request, raw, now),
        "current": current,
        "in_force": profiles.said(criteria_in_force()),
        "versions": profiles.versions(),
        "proposals": proposals(),
        "may_ask": reader(request).has_role(Role.REVOPS),
        "is_draft": is_draft,
        "refit": profiles.refit_under_way(),
    }
    return render(request, "accounts/icp/page.html", context)


@page()
@require_POST
def live_preview(request: HttpRequest) -> HttpResponseBase:
    """The preview of what stands in the form: the part for htmx, else the page with the draft in its address."""
    raw = drafts.from_form(request.POST)
    if request.headers.get("HX-Request") != "true":
        return redirect(f"{reverse('icp:page')}?{urlencode({'draft': drafts.packed(raw)})}#draft")
    return render(request, "accounts/icp/preview.html", previewed(request, raw, timezone.now()))


@page()
@require_POST
def edit(request: HttpRequest) -> HttpResponseBase:
    """A press in the editor that changes its rows: add, remove, up, down, another field."""
    act = request.POST.get("do", "")
    if act == "add":
        act = f"add {request.POST.get('new', '')}"
    raw = drafts.acted(drafts.from_form(request.POST), act)
    address = f"{reverse('icp:page')}?{urlencode({'draft': drafts.packed(raw)})}"
    if request.headers.get("HX-Request") != "true":
        return redirect(f"{address}#draft")
    answer = render(request, "accounts/icp/workbench.html", workbench(request, raw, timezone.now()))
    answer["HX-Replace-Url"] = address
    return answer


@page(Role.REVOPS)
def adopt(request: HttpRequest) -> HttpResponseBase:
    """Put the draft into force, or a proposal from history as it stands, with a reason that stays."""
    now, user, current = timezone.now(), reader(request), model_in_force()
    number = request.GET.get("proposal", "")
    proposal = get_object_or_404(IcpProposal, pk=int(number[:9])) if number.isdecimal() else None
    raw = proposal.criteria if proposal else draft_of(request, current)[0]
    first = {
        "name": current.name if current else "Ideal customer profile",
        "instead_of": current.number if current else 0,
        "reason": f"Back to version {request.GET['version']}: "
        if request.GET.get("version", "").isdecimal()
        else "",
    }
    form = AdoptForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            with acting(by=user, side="revops", reason=said["reason"], what="Customer profile adopted"):
                if proposal:
                    model = adopt_proposal(proposal=proposal, by=user, now=now, **said)
                else:
                    model = adopt_icp(criteria=raw, by=user, now=now, **said)
        except AbmopsError as error:
            form.add_error(None, error.message)
        else:
            toast(request, f"Version {model.number} is in force. {_counted()}")
            return redirect("icp:page")
    context = {**previewed(request, raw, now), "form": form, "current": current, "proposal": proposal}
    return render(request, "accounts/icp/adopt.html", context, status=422 if form.errors else 200)


def _counted() -> str:
    if profiles.refit_under_way():
        return "Every fit is being recomputed; the page shows how far it is."
    return "Every fit has been recomputed."


@page()
def compare(request: HttpRequest) -> HttpResponse:
    """Two versions side by side."""
    numbers = [request.GET.get(name, "") for name in ("from", "to")]
    found = [profiles.version(int(text[:9])) if text.isdecimal() else None for text in numbers]
    if found[0] is None or found[1] is None:
        raise Http404
    context = {
        "now": timezone.now(),
        "old": found[0],
        "new": found[1],
        "lines": profiles.differences(found[0], found[1]),
        "versions": profiles.versions(),
    }
    return render(request, "accounts/icp/compare.html", context)


@page()
def account_fit(request: HttpRequest, pk: int) -> HttpResponse:
    """Why one account fits as it does, and what could be found out that would raise it."""
    shown, now, current = visible_account(request, pk), timezone.now(), model_in_force()
    criteria = criteria_in_force()
    fit = fit_of(companies([shown], criteria, now=now)[0], criteria)
    context = {
        "now": now,
        "account": shown,
        "fit": fit,
        "current": current,
        "unknown": [one for one in fit.contributions if not one.is_known],
        "could": sum(one.possible for one in fit.contributions if not one.is_known),
        "is_behind": abs(fit.value - shown.fit) >= 0.05,
    }
    return part(request, "accounts/icp/account_fit.html", context, title=f"Fit of {shown.name}")

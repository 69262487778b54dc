"""Proposals from history: asking for one, watching it come, its evidence, putting it aside."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.models import IcpProposal
from accounts.selectors import icp as profiles
from accounts.selectors.fit import criteria_in_force
from accounts.services import icp as services
from accounts.services.changes import acting
from accounts.views.icp import previewed
from accounts.views.icp_pictures import reliability
from accounts.views.people import reader


@page(Role.REVOPS)
@require_POST
def ask(request: HttpRequest) -> HttpResponseBase:
    """Have a profile proposed from the closed deals."""
    try:
        with acting(by=reader(request), side="revops", what="Profile proposal asked for"):
            proposal = services.ask_for_proposal(by=reader(request), now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
        return redirect(f"{reverse('icp:page')}#proposals")
    return redirect("icp:proposal", pk=proposal.pk)


@page()
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """The evidence, the criteria, and what they would do, beside the profile in force."""
    now = timezone.now()
    shown = get_object_or_404(IcpProposal.objects.select_related("made_by", "decided_by", "model"), pk=pk)
    context: dict[str, object] = {"now": now, "proposal": shown, "evidence": shown.evidence}
    if shown.evidence:
        context |= previewed(request, shown.criteria, now) | {
            "in_force": profiles.said(criteria_in_force()),
            "reliability": reliability(shown.evidence["calibration"]),
            "may_decide": shown.state == IcpProposal.State.OPEN and reader(request).has_role(Role.REVOPS),
            "may_adopt": False,
        }
    return render(request, "accounts/icp/proposal.html", context)


@page()
def standing(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a proposal is; once it is done, htmx loads its page anew."""
    shown = get_object_or_404(IcpProposal, pk=pk)
    answer = render(request, "accounts/icp/standing.html", {"proposal": shown, "now": timezone.now()})
    if shown.state != IcpProposal.State.RUNNING:
        answer["HX-Refresh"] = "true"
    return answer


@page(Role.REVOPS)
@require_POST
def dismiss(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Put it aside; it can be taken up again."""
    shown = get_object_or_404(IcpProposal, pk=pk)
    try:
        with acting(by=reader(request), side="revops", what=f"Profile proposal {pk} dismissed"):
            services.dismiss_proposal(proposal=shown, by=reader(request), now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, "The proposal is dismissed.", undo_url=reverse("icp:reopen", args=[pk]))
    return redirect("icp:proposal", pk=pk)


@page(Role.REVOPS)
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Undo of dismissing."""
    shown = get_object_or_404(IcpProposal, pk=pk)
    try:
        with acting(by=reader(request), side="revops", what=f"Profile proposal {pk} taken up again"):
            services.take_up_again(proposal=shown)
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, "The proposal is open again.")
    return redirect("icp:proposal", pk=pk)

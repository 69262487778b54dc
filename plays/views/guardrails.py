"""The guardrails: each rule as a sentence with its number, what it turned down, who changed it, who set it aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.toasts import complain, toast
from accounts.selectors.target_list import list_policy
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader
from plays.domain.guardrails import Policy
from plays.domain.rules import title_of
from plays.models import GuardrailNumbers
from plays.selectors import facts as facts_of
from plays.selectors import guarded
from plays.services.guardrail.numbers import BOUNDS, write_numbers

PAGE_SIZE: Final = 50
SPANS: Final = ((28, "Last 28 days"), (91, "Last quarter"), (366, "Last year"))
LABELS: Final = {
    "awareness_days": (
        "Days of marketing before sales steps on tier 1",
        "Counted from the first marketing touch.",
    ),
    "awareness_days_familiar": (
        "The same for accounts that know us",
        "They met us, bought, or a deal is open.",
    ),
    "qualifying_signals": ("Distinct qualifying signals before sales steps on tier 1", ""),
    "qualifying_days": ("Days within which these signals must come", ""),
    "touches_per_week": ("Touches an account in 7 days, at most", "Over both sides and every channel."),
    "touches_per_contact": ("Touches a person in 7 days, at most", ""),
    "day_opens": (
        "Nothing goes out by itself before this hour",
        "0 to 23, by the clock where the account is.",
    ),
    "day_closes": ("Nor from this hour on", "1 to 24."),
}


class NumbersForm(forms.Form):
    """The numbers, and why they change."""

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in asdict(policy).items():
            least, most = BOUNDS[name]
            label, help_text = LABELS[name]
            self.fields[name] = forms.IntegerField(
                label=label, help_text=help_text, min_value=least, max_value=most, initial=value
            )
        self.fields["reason"] = forms.CharField(
            label="Why",
            max_length=1_000,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text="Everybody reads it in the history of the guardrails.",
        )

    def numbers(self) -> dict[str, int]:
        """What was written."""
        return {name: self.cleaned_data[name] for name in BOUNDS}


@page()
def guardrails(request: HttpRequest) -> HttpResponseBase:
    """Every rule with what it did in the last 28 days, and every change of the numbers."""
    now, user = timezone.now(), reader(request)
    policy, quarantine = facts_of.policy(), list_policy().quarantine_days
    changes = list(GuardrailNumbers.objects.select_related("by")[:PAGE_SIZE])
    context = {
        "guardrails": guarded.guardrails(policy, quarantine_days=quarantine, now=now),
        "changes": _told(changes),
        "may_change": user.has_role(Role.REVOPS),
        "now": now,
    }
    return render(request, "plays/guardrails/page.html", context)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the numbers, in words. `before`: the row that putting it back writes anew."""

    row: GuardrailNumbers
    said: tuple[str, ...]
    before: GuardrailNumbers | None


def _told(rows: list[GuardrailNumbers]) -> list[Change]:
    """Each row against the one before it; the first against the defaults."""
    told = []
    for place, row in enumerate(rows):
        before = rows[place + 1] if place + 1 < len(rows) else None
        old = facts_of.policy_of_settings() if before is None else before
        said = tuple(
            f"{LABELS[name][0]}: {getattr(row, name)}, before {getattr(old, name)}"
            for name in BOUNDS
            if getattr(row, name) != getattr(old, name)
        )
        told.append(Change(row, said, before))
    return told


@page(Role.REVOPS)
def change(request: HttpRequest) -> HttpResponseBase:
    """Write other numbers, for a reason."""
    form = NumbersForm(request.POST or None, policy=facts_of.policy())
    if form.is_valid():
        numbers, reason = form.numbers(), form.cleaned_data["reason"]
        user, now = reader(request), timezone.now()
        if carried_out(form, lambda: write_numbers(numbers=numbers, reason=reason, by=user, now=now)):
            toast(request, "The guardrails are in force. What they held back is asked again now.")
            return redirect("plays:guardrails")
    status = 422 if form.is_bound else 200
    return render(request, "plays/guardrails/change.html", {"form": form}, status=status)


@page(Role.REVOPS)
@require_POST
def put_back(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Write the numbers of an earlier row anew."""
    row = get_object_or_404(GuardrailNumbers, pk=pk)
    now = timezone.now()
    try:
        write_numbers(
            numbers={name: getattr(row, name) for name in BOUNDS},
            reason=f"As they were on {row.at:%-d %B %Y}.",
            by=reader(request),
            now=now,
        )
    except AbmopsError as error:
        complain(request, error.message)
    else:
        toast(request, "The earlier numbers are in force again.")
    return redirect("plays:guardrails")


@page()
def held(request: HttpRequest) -> HttpResponseBase:
    """The decisions and steps that guardrails turned down, newest first."""
    now = timezone.now()
    rows: Any = _asked(request, now)  # a paginator needs no more than a length and slices
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    rule = request.GET.get("rule", "")
    context = {
        "page": shown,
        "rows": [(row, title_of(row.rule)) for row in shown.object_list],
        "rules": [(name, title_of(name)) for name in guarded.RULES],
        "rule": rule,
        "what": request.GET.get("what", ""),
        "spans": SPANS,
        "days": _days(request),
        "narrowed": any(request.GET.get(name) for name in ("q", "rule", "what", "days")),
        "now": now,
    }
    return render(request, "plays/guardrails/held.html", context)


@page()
def held_csv(request: HttpRequest) -> HttpResponseBase:
    """The same as a file."""
    header = ["at", "what", "verdict", "rule", "account", "play", "sentence", "held_until"]

    def lines() -> Iterator[list[Any]]:
        for row in _asked(request, timezone.now()).rows():
            ended = row.ended_at.isoformat(timespec="seconds") if row.ended_at else ""
            yield [
                row.at.isoformat(timespec="seconds"), row.what, row.verdict, row.rule, row.account, row.play,
                row.sentence, ended,
            ]  # fmt: skip

    return csv_answer("held-back", header, lines())


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "")
    return int(asked) if asked in {str(days) for days, _ in SPANS} else SPANS[0][0]


def _asked(request: HttpRequest, now: datetime) -> guarded.Question:
    rule, what = request.GET.get("rule", ""), request.GET.get("what", "")
    return guarded.Question(
        since=now - timedelta(days=_days(request)),
        rules=(rule,) if rule in guarded.RULES else guarded.RULES,
        what=what if what in ("decision", "step") else "",
        find=request.GET.get("q", "").replace("\0", "").strip()[:120],
    )

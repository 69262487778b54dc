"""The pages of the guardrails, of overrides and of phases: what they say, what they open to, and who may write."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, AccountEvent, Opportunity, User
from plays.models import Enrollment, GuardrailNumbers, Override, StepRun, Task
from plays.services import complete_task, decide_crossings, pause, start_play
from plays.services.enrollment.stepping import open_due_steps
from plays.views.guardrails import LABELS
from tests.plays.make import CALL, EMAIL, a_crossing, a_play, a_touch, a_user, an_account

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def signed_in(role: str = "revops", **fields: Any) -> tuple[Client, User]:
    user = a_user(role=role, job="sdr" if role == "rep" else "", **fields)
    client = Client()
    client.force_login(user)
    return client, user


def lost_account(now: datetime, **fields: Any) -> Account:
    account = an_account(**fields)
    Opportunity.objects.create(
        account=account, name="Scanner line", external_id=f"lost{account.pk}", stage="lost", outcome="lost",
        opened_at=now - 40 * DAY, closed_at=now - 10 * DAY,
    )  # fmt: skip
    return account


def a_held_step(owner: User, now: datetime) -> Enrollment:
    """A play on the owner's account whose second step the weekly cap holds back."""
    account = an_account(owner=owner)
    enrollment = start_play(
        play=a_play(steps=[CALL, EMAIL]), account=account, by=owner, reason="They asked.", now=now - 3 * DAY
    )
    complete_task(task=Task.objects.get(enrollment=enrollment), by=owner, now=now - 3 * DAY)
    for hours in range(1, 6):
        a_touch(account, at=now - timedelta(hours=hours), channel="ad")
    open_due_steps(run_ids=list(enrollment.step_runs.values_list("pk", flat=True)), now=now)
    return enrollment


def test_each_rule_stands_as_a_sentence_with_its_number_and_opens_to_what_it_did() -> None:
    now = timezone.now()
    client, _ = signed_in("executive")
    account = lost_account(now)
    a_play(steps=[CALL])
    decide_crossings(crossing_ids=[a_crossing(account, at=now).pk], now=now)
    text = client.get(reverse("plays:guardrails")).content.decode()
    assert "An account gets at most 5 touches in 7 days" in text
    assert "No cold play while a deal is open, for 90 days after a lost one" in text
    assert "?rule=quarantine&amp;what=decision" in text
    assert "Change the numbers" not in text
    rows = client.get(reverse("plays:held"), {"rule": "quarantine"}).content.decode()
    assert account.name in rows
    assert "because the deal Scanner line was lost" in rows
    csv = b"".join(client.get(reverse("plays:held_csv"), {"rule": "quarantine"})).decode()
    assert csv.count("\r\n") == 2
    assert "No guardrail" not in rows
    nothing = client.get(reverse("plays:held"), {"q": "nobody is called so"}).content.decode()
    assert "Nothing was held back like that" in nothing


def test_revops_changes_a_number_with_a_reason_and_puts_it_back() -> None:
    client, user = signed_in()
    form: dict[str, Any] = {
        "awareness_days": 28, "awareness_days_familiar": 14, "qualifying_signals": 2, "qualifying_days": 30,
        "touches_per_week": 4, "touches_per_contact": 3, "day_opens": 8, "day_closes": 20,
    }  # fmt: skip
    assert set(form) == set(LABELS)
    url = reverse("plays:guardrails_change")
    assert client.post(url, form).status_code == 422
    wrong = client.post(url, form | {"touches_per_contact": 9, "reason": "Fewer."})
    assert (wrong.status_code, GuardrailNumbers.objects.count()) == (422, 0)
    assert "One person cannot have more touches a week than the whole account." in wrong.content.decode()
    assert client.post(url, form | {"reason": "Fewer."}).status_code == 302
    assert client.post(url, form | {"touches_per_week": 6, "reason": "More."}).status_code == 302
    text = client.get(reverse("plays:guardrails")).content.decode()
    assert "Touches an account in 7 days, at most: 6, before 4" in text
    assert user.name in text
    first = GuardrailNumbers.objects.earliest("at")
    assert client.post(reverse("plays:guardrails_put_back", args=[first.pk])).status_code == 302
    assert GuardrailNumbers.objects.first().touches_per_week == 4  # type: ignore[union-attr]


@pytest.mark.parametrize("role", ["marketer", "rep", "executive"])
def test_nobody_else_changes_them(role: str) -> None:
    client, _ = signed_in(role)
    assert client.get(reverse("plays:guardrails_change")).status_code == 403
    assert client.post(reverse("plays:guardrails_put_back", args=[1])).status_code == 403


def test_a_start_shows_what_is_in_the_way_and_goes_past_it_with_a_reason() -> None:
    now = timezone.now()
    client, user = signed_in()
    account = lost_account(now, owner=a_user())
    play = a_play(steps=[CALL])
    url = reverse("plays:start", args=[play.pk])
    asked = {"account": account.domain or "", "reason": "They called us."}
    assert "Set aside" not in client.get(url).content.decode()
    refused = client.post(url, asked)
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "Quarantine: No cold play until" in text
    assert 'value="quarantine"' in text
    assert 'value="touch_cap"' not in text
    assert "Start anyway" in text
    assert client.post(url, asked | {"override": ["quarantine"]}).status_code == 302
    row = Override.objects.get()
    assert (row.rule, row.reason, row.by) == ("quarantine", "They called us.", user)
    page = client.get(reverse("plays:enrollment", args=[row.enrollment_id])).content.decode()
    assert "Guardrails set aside" in page
    panel = client.get(reverse("plays:phase_panel", args=[account.pk])).content.decode()
    assert "They called us." in panel


def test_a_start_that_nobody_may_go_past_offers_nothing_to_set_aside() -> None:
    """A pause stands before a quarantine: to set the quarantine aside would lead nowhere."""
    now = timezone.now()
    client, user = signed_in()
    account = lost_account(now, owner=a_user())
    pause(subject=account, by=user, reason="They move.", now=now)
    sent = client.post(
        reverse("plays:start", args=[a_play().pk]), {"account": account.domain, "reason": "They called us."}
    )
    text = sent.content.decode()
    assert "They move." in text
    assert "Nobody sets this aside." in text
    assert "Set aside" not in text
    assert "Start anyway" not in text


def test_who_names_an_account_that_is_not_theirs_hears_whom_to_ask_and_keeps_what_they_wrote() -> None:
    client, _ = signed_in("rep")
    account = an_account(owner=a_user(name="Elin"))
    sent = client.post(
        reverse("plays:start", args=[a_play().pk]), {"account": account.domain, "reason": "They asked."}
    )
    assert sent.status_code == 422
    assert f"{account.name} is not yours. Ask Elin, who owns it, or RevOps" in sent.content.decode()
    assert "They asked." in sent.content.decode()


def test_a_held_step_is_opened_from_its_page() -> None:
    now = timezone.now()
    client, owner = signed_in("rep")
    enrollment = a_held_step(owner, now)
    url = reverse("plays:open_anyway", args=[enrollment.pk])
    assert url in client.get(reverse("plays:enrollment", args=[enrollment.pk])).content.decode()
    text = client.get(url).content.decode()
    assert "Touches a week: The account has 6 touches in 7 days" in text
    assert client.post(url, {"override": ["touch_cap"], "reason": ""}).status_code == 422
    assert client.post(url, {"reason": "They wait for it."}).status_code == 422
    assert client.post(url, {"override": ["touch_cap"], "reason": "They wait for it."}).status_code == 302
    assert StepRun.objects.get(enrollment=enrollment, key="email").state == "open"
    gone = client.get(url)
    assert gone.status_code == 302


def test_a_rep_opens_nothing_of_somebody_elses() -> None:
    enrollment = a_held_step(a_user(), timezone.now())
    client, _ = signed_in("rep")
    assert (
        client.post(reverse("plays:open_anyway", args=[enrollment.pk]), {"reason": "So."}).status_code == 403
    )
    assert client.post(reverse("plays:phase_change", args=[enrollment.account_id])).status_code == 403


def test_overrides_are_counted_narrowed_and_written_to_a_file() -> None:
    now = timezone.now()
    client, _ = signed_in("executive")
    ada, bo = a_user(name="Ada"), a_user(name="Bo")
    for number, (rule, by) in enumerate([("awareness", ada), ("awareness", bo), ("touch_cap", ada)]):
        Override.objects.create(
            account=an_account(name=f"Firm {number}"), rule=rule, said="No.", reason="=1+1", by=by, at=now
        )
    url = reverse("plays:overrides")
    text = client.get(url).content.decode()
    assert "Awareness (2)" in text
    assert "Touches a week (1)" in text

    def names(**asked: Any) -> list[str]:
        shown = client.get(url, asked).content.decode()
        return [f"Firm {number}" for number in range(3) if f"Firm {number}<" in shown]

    assert names(rule="awareness") == ["Firm 0", "Firm 1"]
    assert names(rule="awareness", by=ada.pk) == ["Firm 0"]
    assert names(q="Firm 2") == ["Firm 2"]
    assert names(quarter=f"{now.year - 1}-q1") == []
    assert names(quarter=f"{now.year}-q{(now.month + 2) // 3}", order="account") == [
        "Firm 0",
        "Firm 1",
        "Firm 2",
    ]
    assert names(by="x", rule="nothing", play="\0", quarter="?") == []
    csv = b"".join(client.get(reverse("plays:overrides_csv"), {"rule": "touch_cap"})).decode()
    assert csv.count("\r\n") == 2
    assert "'=1+1" in csv


def test_the_phase_says_what_is_missing_and_a_person_sets_it() -> None:
    client, user = signed_in()
    account = an_account()
    panel = reverse("plays:phase_panel", args=[account.pk])
    assert "2 distinct qualifying signals within 30 days." in client.get(panel).content.decode()
    url = reverse("plays:phase_change", args=[account.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"phase": "active", "reason": ""}).status_code == 422
    assert client.post(url, {"phase": "active", "reason": "Met at the fair."}).status_code == 302
    account.refresh_from_db()
    assert account.phase == "active"
    assert AccountEvent.objects.get(kind="changed_phase").payload["by"] == str(user.pk)
    text = client.get(panel).content.decode()
    assert "A won deal." in text
    assert "Met at the fair." in text
    listed = client.get(reverse("accounts:list")).content.decode()
    assert "A won deal." in listed


def test_the_lists_ask_no_query_a_row() -> None:
    now = timezone.now()
    client, _ = signed_in()
    counts: dict[str, list[int]] = {}
    for _ in range(2):
        for _ in range(4):
            account = lost_account(now)
            decide_crossings(crossing_ids=[a_crossing(account, at=now).pk], now=now)
            enrollment = a_held_step(a_user(), now)
            Override.objects.create(
                account=account,
                enrollment=enrollment,
                rule="spend",
                said="No.",
                reason="So.",
                by=a_user(),
                at=now,
            )
        for name in ("guardrails", "held", "overrides"):
            client.get(reverse(f"plays:{name}"))
            with CaptureQueriesContext(connection) as queries:
                client.get(reverse(f"plays:{name}"))
            counts.setdefault(name, []).append(len(queries))
    assert all(len(set(found)) == 1 for found in counts.values()), counts

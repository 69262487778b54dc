"""Who may call what: one line a route, every role against it. A route that is not in the table fails the test."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from abmops.api import router
from abmops.lib.choices import Role
from accounts.models import ApiKey
from accounts.services.apikey import create_key, revoke_key
from tests.accounts import make
from tests.api.caller import Caller
from tests.api.conftest import caller_of

M, R, V, X, I = Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE, Role.INTEGRATION  # noqa: E741
ALL = {M, R, V, X, I}
WORKERS = {M, R, V, I}
KEEPERS = {V, I}

# method, address -> the roles that may
TABLE: dict[tuple[str, str], set[Role]] = {
    **{
        ("GET", address): ALL
        for address in (
            "accounts/", "accounts/{pk}/", "accounts/{pk}/timeline/", "accounts/{pk}/score/",
            "accounts/{pk}/score/history/",
            "accounts/{pk}/fit/", "icp/", "icp-proposals/", "icp-proposals/{pk}/",
            "contacts/", "contacts/{pk}/", "opportunities/", "opportunities/{pk}/", "touches/", "touches/{pk}/",
            "meetings/", "meetings/{pk}/", "list/", "list/diff/", "list/capacity/",
            "nominations/", "nominations/{pk}/", "quarantines/", "quarantines/{pk}/", "held-back/",
            "list-changes/", "list-changes/{pk}/",
            "users/", "users/{pk}/", "territories/", "territories/{slug}/",
            "sources/", "sources/{slug}/", "signal-types/", "signal-types/{slug}/", "thresholds/", "thresholds/{slug}/",
            "thresholds/drift/", "thresholds/{slug}/near/",
            "signals/", "signals/{pk}/", "crossings/", "crossings/{pk}/", "rejected-events/", "rejected-events/{pk}/",
            "unmatched-signals/", "unmatched-signals/{pk}/",
            "plays/", "plays/{slug}/", "tasks/", "tasks/{pk}/", "enrollments/", "enrollments/{pk}/",
            "decisions/", "decisions/{pk}/", "guardrails/", "guardrails/{pk}/", "guardrails/in-force/",
            "booked-meetings/", "booked-meetings/{pk}/",
            "bursts/", "bursts/{pk}/", "treatments/", "pauses/", "pauses/{pk}/",
            "step-holds/", "step-holds/{pk}/", "overrides/", "overrides/{pk}/",
            "routing-rules/", "routing-rules/{pk}/", "absences/", "absences/{pk}/",
            "plays/{slug}/yield/", "scoreboard/", "scoreboard/{key}/accounts/",
            "escalations/", "escalations/{pk}/",
            "sidecars/", "sidecars/{slug}/", "sidecar-readings/", "sidecar-readings/{pk}/", "sidecar-findings/",
            "tier-proposals/", "tier-proposals/{pk}/",
        )
    },
    **{
        (method, address): WORKERS
        for name in ("accounts", "contacts", "opportunities", "touches")
        for method, address in (("POST", f"{name}/"), ("PATCH", f"{name}/{{pk}}/"))
    },
    **{
        (method, address): KEEPERS
        for name in ("accounts", "contacts", "opportunities", "touches")
        for method, address in (("POST", f"{name}/bulk/"), ("DELETE", f"{name}/{{pk}}/"))
    },
    ("POST", "bursts/"): {M, V, I},
    ("PATCH", "bursts/{pk}/"): {M, V, I},
    ("POST", "bursts/{pk}/cancel/"): {M, V, I},
    ("POST", "bursts/{pk}/restore/"): {M, V, I},
    ("POST", "icp/"): {V},
    ("POST", "icp/preview/"): ALL,
    ("POST", "icp-proposals/"): {V},
    ("POST", "icp-proposals/{pk}/adopt/"): {V},
    ("POST", "icp-proposals/{pk}/dismiss/"): {V},
    ("POST", "list-changes/bulk/"): KEEPERS,
    ("POST", "nominations/"): WORKERS,
    ("POST", "nominations/{pk}/accept/"): {V},
    ("POST", "nominations/{pk}/reject/"): {V},
    ("POST", "nominations/{pk}/withdraw/"): WORKERS,
    ("POST", "quarantines/"): WORKERS,
    ("POST", "quarantines/{pk}/lift/"): WORKERS,
    ("POST", "contacts/{pk}/erase/"): {V},
    **{("GET", address): ALL for address in ("duplicates/", "duplicates/{pk}/", "merges/", "merges/{pk}/")},
    **{
        ("POST", address): {M, R, V}
        for address in (
            "duplicates/{pk}/different/", "duplicates/{pk}/reopen/", "merges/", "merges/preview/", "merges/{pk}/undo/",
        )
    },
    ("GET", "erasures/"): {V, X},
    ("GET", "gaps/"): ALL,
    ("GET", "erasures/{pk}/"): {V, X},
    **{("POST", f"{name}/{{pk}}/feedback/"): {M, R, V} for name in ("crossings", "signals")},
    **{("GET", f"feedback/{rest}"): ALL for rest in ("", "{pk}/", "precision/")},
    **{("GET", f"retunes/{rest}"): ALL for rest in ("", "{pk}/")},
    **{("POST", f"retunes/{rest}"): {V} for rest in ("", "{pk}/accept/", "{pk}/decline/", "{pk}/revert/")},
    ("POST", "signals/bulk/"): KEEPERS,
    **{("GET", f"imports/{rest}"): {M, V, I} for rest in ("", "{pk}/", "{pk}/rows/")},
    **{("POST", f"imports/{rest}"): {M, V, I} for rest in ("", "{pk}/check/", "{pk}/run/", "{pk}/undo/")},
    ("POST", "territories/"): {V},
    **{(method, "routing-rules/{pk}/"): {V} for method in ("PATCH", "DELETE")},
    **{("POST", address): {V} for address in ("routing-rules/", "absences/")},
    ("DELETE", "absences/{pk}/"): {V},
    ("PATCH", "territories/{slug}/"): {V},
    ("DELETE", "territories/{slug}/"): {V},
    **{
        (method, address): {V}
        for name in ("sources", "signal-types", "thresholds", "plays")
        for method, address in (
            ("POST", f"{name}/"),
            *((method, f"{name}/{{slug}}/") for method in ("PUT", "PATCH", "DELETE")),
        )
    },
    **{("POST", f"sources/{{slug}}/{act}/"): {V} for act in ("rotate-key", "rotate-secret", "signing-secret")},
    ("POST", "signal-types/try/"): ALL,
    ("POST", "thresholds/{slug}/backtest/"): ALL,
    **{("GET", address): ALL for address in ("topics/", "topics/{pk}/")},
    ("POST", "topics/"): {V},
    ("PATCH", "topics/{pk}/"): {V},
    ("DELETE", "topics/{pk}/"): {V},
    ("POST", "plays/{slug}/start/"): WORKERS,
    ("POST", "plays/{slug}/submit/"): {M, V},
    **{("POST", f"plays/{{slug}}/{act}/"): {V, X} for act in ("approve", "send-back")},
    ("POST", "plays/{slug}/migrate/"): {V},
    ("POST", "plays/{slug}/dry-run/"): ALL,
    ("POST", "tasks/"): WORKERS,
    ("PATCH", "tasks/{pk}/"): WORKERS,
    ("DELETE", "tasks/{pk}/"): WORKERS,
    **{("POST", f"tasks/{{pk}}/{move}/"): WORKERS for move in ("done", "hand-on", "reopen", "skip", "snooze")},
    **{("POST", f"tasks/{{pk}}/{move}/"): WORKERS for move in ("claim", "contact", "release")},
    ("POST", "enrollments/{pk}/cancel/"): WORKERS,
    **{("POST", f"enrollments/{{pk}}/{move}/"): WORKERS for move in ("hand-over", "restore")},
    **{("POST", f"booked-meetings/{{pk}}/{act}/"): WORKERS for act in ("not-booked", "call-off", "move")},
    ("POST", "pauses/"): WORKERS,
    ("POST", "pauses/{pk}/resume/"): WORKERS,
    ("POST", "enrollments/{pk}/open-anyway/"): WORKERS,
    ("POST", "guardrails/"): {V},
    ("POST", "escalations/"): {M, R, V, X},
    **{("POST", f"escalations/{{pk}}/{move}/"): {M, R, V, X} for move in ("comments", "resolve", "withdraw")},
    **{("GET", address): {M, R, V, X} for address in ("changes/", "changes/{pk}/")},
    ("POST", "sidecars/"): {M, V},
    ("PATCH", "sidecars/{slug}/"): {M, V},
    ("POST", "sidecars/{slug}/readings/"): {M, V, I},
    **{("POST", f"tier-proposals/{{pk}}/{move}/"): {V} for move in ("accept", "reject")},
    **{
        ("GET", address): KEEPERS
        for address in ("endpoints/", "endpoints/{pk}/", "deliveries/", "deliveries/{pk}/")
    },
    **{(method, "endpoints/{pk}/"): {V} for method in ("PATCH", "DELETE")},
    **{
        ("POST", address): {V}
        for address in (
            "endpoints/", "endpoints/{pk}/switch-on/", "endpoints/{pk}/test/", "endpoints/{pk}/rotate-secret/",
            "deliveries/replay/", "deliveries/dismiss/", "deliveries/{pk}/replay/", "deliveries/{pk}/dismiss/",
        )
    },
    **{("GET", address): ALL for address in ("notice-preferences/", "notice-preferences/{pk}/")},
    ("PATCH", "notice-preferences/{pk}/"): {M, R, V, X},
    ("GET", "work/"): {V, X},
    ("GET", "work/{pk}/"): {V, X},
    ("POST", "work/{pk}/replay/"): {V},
}  # fmt: skip

_GROUP = re.compile(r"\(\?P<(\w+)>[^)]*\)")
VALUES = {"pk": "0", "slug": "none", "key": "coverage"}


def routes() -> Iterator[tuple[str, str]]:
    """Every method of every address that the router knows."""
    patterns: list[Any] = router.urls
    for pattern in patterns:
        address = _GROUP.sub(r"{\1}", str(pattern.pattern).removeprefix("^").removesuffix("/?$")) + "/"
        for method in pattern.callback.actions:
            if method != "head":  # goes with get
                yield method.upper(), address


def test_every_route_is_in_the_table_and_the_table_has_no_other() -> None:
    assert set(routes()) == set(TABLE)


@pytest.mark.parametrize(("method", "address"), sorted(TABLE), ids=str)
def test_a_role_may_exactly_what_the_table_says(db: None, method: str, address: str) -> None:
    path = address.format(**VALUES)
    if address.startswith(("signals/{pk}/", "deliveries/{pk}/")):
        path = address.format(pk="00000000-0000-7000-8000-000000000000")
    assert Caller().send(method, path, {}).status_code == 401
    allowed = {role for role in Role if caller_of(role).send(method, path, {}).status_code not in {401, 403}}
    assert allowed == TABLE[method, address]


@pytest.mark.parametrize(("scopes", "read", "write"), [
    (("read",), 200, 403), (("write",), 403, 200), (("ingest",), 403, 403), (("read", "write"), 200, 200),
])  # fmt: skip
def test_a_key_may_only_what_its_scopes_say(db: None, scopes: tuple[str, ...], read: int, write: int) -> None:
    caller = caller_of(Role.INTEGRATION, scopes)
    assert caller.get("accounts/").status_code == read
    assert caller.post("accounts/bulk/", {"records": []}).status_code == write


def test_a_rep_changes_only_what_is_theirs(db: None) -> None:
    rep = make.user(Role.REP)
    mine, other = make.account("Mine", "mine.example", owner=rep), make.account("Other", "other.example")
    _, key = create_key(name="rep", role=Role.REP, user=rep, now=timezone.now())
    caller = Caller(key)
    assert caller.patch(f"accounts/{mine.pk}/", {"industry": "Steel"}).status_code == 200
    assert caller.patch(f"accounts/{other.pk}/", {"industry": "Steel"}).status_code == 403
    contact = {"email": "a@b.example", "account_domain": "other.example"}
    assert caller.post("contacts/", contact).status_code == 403
    assert caller.get("contacts/").json()["results"] == []
    assert caller.post("contacts/", {**contact, "account_domain": "mine.example"}).status_code == 201
    made = caller.get("contacts/").json()["results"][0]["id"]
    assert caller.patch(f"contacts/{made}/", {"account_domain": "other.example"}).status_code == 403
    assert caller.get(f"contacts/{made}/").json()["account_domain"] == "mine.example"


def good_key() -> tuple[ApiKey, str]:
    """A live key."""
    return create_key(name="crm", role=Role.INTEGRATION, now=timezone.now())


def bearer(text: str) -> dict[str, str]:
    """The header."""
    return {"Authorization": f"Bearer {text}"}


def test_keys_are_refused_with_a_sentence_that_says_why(db: None) -> None:
    key, text = good_key()
    parts = text.split("_")
    cases = [
        ({}, "not_authenticated", "credentials"),
        (
            bearer("wk_live_0123456789abcdef"),
            "authentication_failed",
            "write key only works at the ingest addresses",
        ),
        ({"Authorization": "Basic d2s6"}, "authentication_failed", "write key at the ingest addresses"),
        ({"Authorization": "Token abc"}, "authentication_failed", "Bearer KEY"),
        ({"Authorization": "Bearer"}, "authentication_failed", "Bearer KEY"),
        (bearer(text[:-1]), "authentication_failed", "typing error"),
        (bearer(text[:40]), "authentication_failed", "cut off"),
        (bearer(text.replace(parts[3], parts[3][::-1])), "authentication_failed", "typing error"),
        ({"Authorization": "Bearer ü"}, "authentication_failed", "ASCII"),
    ]
    for headers, code, words in cases:
        response = Caller().get("accounts/", headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, code), headers
        assert words in response.json()["detail"]
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert Caller(text).get("accounts/").status_code == 200
    revoke_key(key=key, now=timezone.now())
    assert "revoked" in Caller(text).get("accounts/").json()["detail"]


def test_a_key_ends_with_its_time_and_with_its_user(db: None) -> None:
    key, text = good_key()
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now())
    assert Caller(text).get("accounts/").status_code == 401
    other, text = good_key()
    assert other.user == key.user
    key.user.is_active = False
    key.user.save()
    assert Caller(text).get("accounts/").status_code == 401


def test_a_key_in_the_address_is_refused_even_beside_a_good_one(db: None) -> None:
    _, text = good_key()
    for query in (f"?api_key={text}", f"?name={text}", "?token=x", "?write_key=abc"):
        response = Caller(text).get(f"accounts/{query}")
        assert (response.status_code, response.json()["code"]) == (400, "key_in_address")


def test_the_database_holds_no_key(db: None) -> None:
    _, text = good_key()
    assert text.split("_")[3] not in str(list(ApiKey.objects.values()))


def test_a_browser_session_reads_and_needs_its_token_to_write(db: None) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make.user(Role.REVOPS), backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/api/v1/accounts/").status_code == 200
    refused = browser.post("/api/v1/accounts/bulk/", {"records": []}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")

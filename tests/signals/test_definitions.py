"""Definitions over REST: made and changed by slug, versioned, retired, and only RevOps writes them."""

from typing import Any

import pytest

from abmops.lib.choices import Role
from abmops.work import services as work
from signals.models import Source, Threshold, ThresholdVersion
from signals.services import ingest
from tests.accounts import make as accounts
from tests.api.caller import Caller
from tests.api.conftest import caller_of
from tests.signals import make

pytestmark = pytest.mark.django_db

SOURCE: dict[str, Any] = {"name": "Website", "kind": "first_party"}
TYPE: dict[str, Any] = {
    "name": "Pricing page",
    "kind": "first_party",
    "rules": [{"event": "page", "path": "/pricing*"}],
}
COUNT: dict[str, Any] = {"count": {"types": ["pricing-page"], "at_least": 3, "days": 14}}
THRESHOLD: dict[str, Any] = {
    "name": "Three visits",
    "rationale": "Homework.",
    "condition": COUNT,
    "tiers": [2, 1],
}


def test_a_source_tells_its_write_key_once(revops: Caller) -> None:
    made = revops.send("PUT", "sources/web/", SOURCE)
    key = made.json()["write_key"]
    assert (made.status_code, ingest.source_of(key)) == (201, Source.objects.get())
    same = revops.send("PUT", "sources/web/", SOURCE | {"weight": 1})
    assert same.status_code == 200
    for answer in (
        same.json(),
        revops.get("sources/web/").json(),
        revops.get("sources/").json()["results"][0],
    ):
        assert "write_key" not in answer
        assert key not in str(answer)
        assert answer["has_write_key"] is True
    assert key not in str(Source.objects.values())


def test_rotating_a_key_refuses_the_old_one(revops: Caller) -> None:
    old = revops.post("sources/", SOURCE | {"slug": "web"}).json()["write_key"]
    new = revops.post("sources/web/rotate-key/").json()["write_key"]
    assert new != old
    assert (ingest.source_of(old), ingest.source_of(new)) == (None, Source.objects.get())


def test_a_write_key_is_not_replayed_by_an_idempotency_key(revops: Caller) -> None:
    headers = {"Idempotency-Key": "make-web"}
    first = revops.send("PUT", "sources/web/", SOURCE, headers=headers)
    again = revops.send("PUT", "sources/web/", SOURCE, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert "write_key" in first.json()
    assert "write_key" not in again.json()


def test_put_keeps_what_is_left_out_and_null_clears(revops: Caller) -> None:
    owner = accounts.user()
    revops.send("PUT", "sources/web/", SOURCE | {"weight": 2.5, "owner": owner.email.upper()})
    answer = revops.send("PUT", "sources/web/", SOURCE | {"name": "Site"}).json()
    assert (answer["name"], answer["weight"], answer["owner"]) == ("Site", 2.5, owner.email)
    assert revops.patch("sources/web/", {"owner": None}).json()["owner"] is None


def test_delete_retires_and_put_brings_back(revops: Caller) -> None:
    made = {"sources/web/": SOURCE, "signal-types/pricing-page/": TYPE, "thresholds/three/": THRESHOLD}
    for path, body in made.items():
        assert revops.send("PUT", path, body).status_code == 201
        assert revops.send("DELETE", path).status_code == 204
    shown = [revops.get(path).json() for path in made]
    assert [shown[0]["is_active"], shown[1]["is_active"], shown[2]["status"]] == [False, False, "retired"]
    assert revops.send("PUT", "sources/web/", SOURCE | {"is_active": True}).json()["is_active"] is True


def test_a_threshold_reads_itself_aloud(revops: Caller) -> None:
    revops.send("PUT", "signal-types/pricing-page/", TYPE)
    answer = revops.send("PUT", "thresholds/three/", THRESHOLD | {"urgency": "hot"}).json()
    assert answer["sentence"] == (
        "When there are at least 3 “Pricing page” signals within 14 days, a tier 1 or tier 2 account is hot and wants "
        "an answer within 1 working day; it can cross again after 14 days, once this has stopped being true."
    )
    assert (answer["status"], answer["version"], answer["tiers"]) == ("draft", 1, [1, 2])
    assert [version["number"] for version in answer["versions"]] == [1]


@pytest.mark.parametrize(
    ("change", "versions"),
    [
        pytest.param({}, 1, id="the same again changes nothing"),
        pytest.param({"tiers": [1, 2, 2]}, 1, id="the same tiers in another order"),
        pytest.param(
            {"name": "Other", "rationale": "Other.", "status": "active"},
            1,
            id="what it is called is no version",
        ),
        pytest.param(
            {"condition": {"count": {"days": 14, "types": ["pricing-page"], "at_least": 3}}},
            1,
            id="same meaning",
        ),
        pytest.param(
            {"condition": {"count": {"types": ["pricing-page"], "at_least": 4, "days": 14}}},
            2,
            id="condition",
        ),
        pytest.param({"tiers": [1]}, 2, id="tiers"),
        pytest.param({"urgency": "urgent"}, 2, id="urgency"),
        pytest.param({"rearm_days": 30}, 2, id="re-arm"),
    ],
)
def test_only_what_it_says_makes_a_version(revops: Caller, change: dict[str, Any], versions: int) -> None:
    revops.send("PUT", "signal-types/pricing-page/", TYPE)
    revops.send("PUT", "thresholds/three/", THRESHOLD)
    answer = revops.send("PUT", "thresholds/three/", THRESHOLD | change).json()
    assert (answer["version"], len(answer["versions"])) == (versions, versions)
    assert ThresholdVersion.objects.get(number=1).condition == COUNT
    assert Threshold.objects.get().current == ThresholdVersion.objects.get(number=versions)


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        pytest.param("sources/web/", {"name": "Web"}, "/kind", id="a needed field is missing"),
        pytest.param("sources/web/", SOURCE | {"kind": "telepathy"}, "/kind", id="no such kind"),
        pytest.param("sources/web/", SOURCE | {"weight": 11}, "/weight", id="too heavy"),
        pytest.param("sources/web/", SOURCE | {"weight": "1"}, "/weight", id="a number as text"),
        pytest.param("sources/web/", SOURCE | {"owner": "who@ours.example"}, "/owner", id="unknown user"),
        pytest.param("sources/web/", SOURCE | {"slug": "other"}, "/slug", id="a slug never changes"),
        pytest.param(
            "sources/web/", SOURCE | {"write_key": "wk_mine"}, "/write_key", id="keys are made here"
        ),
        pytest.param("signal-types/t/", TYPE | {"confidence": 1.5}, "/confidence", id="more than sure"),
        pytest.param("signal-types/t/", TYPE | {"half_life_days": 0}, "/half_life_days", id="no half-life"),
        pytest.param(
            "signal-types/t/", TYPE | {"rules": [{"evnt": "x"}]}, "/rules/0/evnt", id="no such key in a rule"
        ),
        pytest.param("signal-types/t/", TYPE | {"rules": "page"}, "/rules", id="rules are a list"),
        pytest.param("thresholds/t/", THRESHOLD | {"tiers": [4]}, "/tiers/0", id="no such tier"),
        pytest.param("thresholds/t/", THRESHOLD | {"status": "on"}, "/status", id="no such status"),
        pytest.param("thresholds/t/", {"name": "T"}, "/condition", id="no condition"),
        pytest.param(
            "thresholds/t/",
            THRESHOLD | {"condition": {"all": [COUNT, {"count": {"at_least": 0, "days": 14}}]}},
            "/condition/all/1/count/at_least",
            id="the pointer goes to the leaf",
        ),
        pytest.param(
            "thresholds/t/",
            THRESHOLD | {"condition": {"count": {"types": ["pricing-pgae"], "at_least": 3, "days": 14}}},
            "/condition/count/types/0",
            id="unknown type",
        ),
    ],
)
def test_what_is_wrong_is_named(revops: Caller, path: str, body: dict[str, Any], pointer: str) -> None:
    revops.send("PUT", "signal-types/pricing-page/", TYPE)
    before = (Source.objects.count(), Threshold.objects.count())
    answer = revops.send("PUT", path, body)
    assert answer.status_code == 400, answer.content
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (Source.objects.count(), Threshold.objects.count()) == before


def test_post_never_overwrites(revops: Caller) -> None:
    assert revops.post("sources/", SOURCE | {"slug": "web"}).status_code == 201
    again = revops.post("sources/", SOURCE | {"slug": "web", "name": "Other"})
    assert (again.status_code, Source.objects.get().name) == (409, "Website")
    assert revops.post("sources/", SOURCE).json()["errors"][0]["pointer"] == "/slug"


def test_patch_of_what_is_not_there_is_404(revops: Caller) -> None:
    assert revops.patch("sources/web/", {"name": "Web"}).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.REVOPS])
@pytest.mark.parametrize("resource", ["sources", "signal-types", "thresholds"])
def test_only_revops_writes_definitions(resource: str, role: str, site: make.Site) -> None:
    caller = caller_of(role)
    assert caller.get(f"{resource}/").status_code == 200
    assert caller.post(f"{resource}/", {"slug": "x", "name": "X"}).status_code == 403
    for method in ("PUT", "PATCH", "DELETE"):
        assert caller.send(method, f"{resource}/x/", {"name": "X"}).status_code == 403
    assert caller.post("sources/site/rotate-key/").status_code == 403


def test_a_threshold_that_comes_into_force_is_judged_for_everybody(
    integration: Caller, site: make.Site
) -> None:
    acme = accounts.account()
    integration.bulk("signals", make.record(site.source.created_at, type="pricing-page", message_id="m1"))
    work.drain_all()
    caller = caller_of(Role.REVOPS)
    one = {
        "name": "One visit",
        "condition": {"count": {"types": ["pricing-page"], "at_least": 1, "days": 14}},
    }
    caller.send("PUT", "thresholds/one/", one)
    work.drain_all()
    assert not acme.crossings.exists()
    for _ in range(2):
        caller.send("PUT", "thresholds/one/", one | {"status": "active"})
        work.drain_all()
    assert acme.crossings.get().threshold.slug == "one"

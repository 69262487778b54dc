"""What an audience asks of the buying committee: said, read, decided, edited, tried over the past, compared."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from abmops.lib.choices import CommitteeRole
from plays.domain import committee, sentences
from plays.domain import vocabulary as words
from plays.domain.advice import advice
from plays.domain.committee import Filter, Gap, Known
from plays.domain.difference import changes_between
from plays.domain.draft import ASKED
from plays.domain.parse import MAX_FILTERS, as_json, parse_play, read_play
from plays.domain.people import Someone
from plays.models import Decision, Enrollment
from plays.selectors import facts
from plays.services.decision.deciding import decide_crossings
from plays.services.decision.dry_run import dry_run
from plays.views.editor_committee import KINDS
from plays.views.editor_form import from_form
from tests.plays.make import CALL, NOW, a_contact, a_crossing, a_play, a_signal, a_user, an_account
from tests.plays.test_editor import fields_of, opened, signed_in

DAY = timedelta(days=1)
STEP = {"key": "call", "channel": "call"}
INES = Someone(1, "Ines", role="champion", persona="Operations", seniority="c_level", acted_at=NOW - 5 * DAY)
JON = Someone(2, "Jon", role="champion", do_not_contact=True)
ADA = Someone(3, "Ada", role="end_user", acted_at=NOW - 40 * DAY)
WHOLE = [Someone(n, "X", role=role) for n, role in enumerate(words.COMMITTEE)]


def a_definition(*asked: dict[str, Any], **said: Any) -> Any:
    audience = {"committee": list(asked)} if asked else {}
    return parse_play({"trigger": {"manual": True}, "steps": [STEP], "audience": audience} | said)


def test_the_roles_are_those_of_the_committee() -> None:
    assert dict(CommitteeRole.choices) == words.COMMITTEE
    assert set(KINDS) == set(ASKED)


@pytest.mark.parametrize(
    ("asked", "people", "objection"),
    [
        pytest.param(Known(), [INES], "", id="somebody is known"),
        pytest.param(Known(), [], "no contact is known; the audience asks for one", id="nobody is known"),
        pytest.param(
            Known(role="champion"), [ADA], "no Champion is known; the audience asks for one", id="no champion"
        ),
        pytest.param(
            Known(2, role="champion"), [INES, ADA], "only 1 Champion is known; the audience asks for 2", id="one of two"
        ),
        pytest.param(Known(2, role="champion"), [INES, JON], "", id="whom nobody may write to is known all the same"),
        pytest.param(Known(persona="operations", seniority="C_LEVEL"), [INES], "", id="whatever the case"),
        pytest.param(
            Known(seniority="vp"),
            [INES],
            "no contact of the seniority “vp” is known; the audience asks for one",
            id="another seniority",
        ),
        pytest.param(Known(engaged_days=6), [INES], "", id="engaged in time"),
        pytest.param(
            Known(engaged_days=5),
            [INES],
            "no contact has engaged in the last 5 days; the audience asks for one",
            id="the window is half-open",
        ),
        pytest.param(
            Known(3, engaged_days=90),
            [INES, ADA, JON],
            "only 2 contacts have engaged in the last 90 days; the audience asks for 3",
            id="two engaged of three",
        ),
        pytest.param(Gap("champion"), [ADA], "", id="the champion is open"),
        pytest.param(
            Gap("champion"),
            [INES],
            "a Champion is known; the audience asks for accounts without one",
            id="the champion is known",
        ),
        pytest.param(
            Gap("end_user"), [ADA], "an End User is known; the audience asks for accounts without one", id="an"
        ),
        pytest.param(Gap(), [INES, ADA], "", id="some part is open"),
        pytest.param(Gap(), [one for one in WHOLE if one.role != "blocker"],
            "every role of the committee is played by somebody; the audience asks for a gap",
            id="a blocker is no part to fill",
        ),
    ],
)  # fmt: skip
def test_who_is_meant(asked: Filter, people: list[Someone], objection: str) -> None:
    assert asked.objection(people, NOW) == objection
    assert committee.objection((Known(0), asked), people, NOW) == objection
    assert asked.match(people, NOW)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"at_least": 1}, "with a known contact"),
        ({"at_least": 3}, "with at least 3 known contacts"),
        ({"role": "economic_buyer"}, "with a known Economic Buyer"),
        ({"role": "end_user", "engaged_days": 1}, "with an End User who engaged in the last day"),
        ({"at_least": 2, "engaged_days": 30}, "with at least 2 contacts who engaged in the last 30 days"),
        (
            {"persona": "Operations", "seniority": "c_level"},
            "with a known contact of the persona “Operations” and the seniority “c level”",
        ),
        ({"gap": "any"}, "with a gap in the buying committee"),
        ({"gap": "champion"}, "without a known Champion"),
    ],
)
def test_it_is_said_and_survives_being_stored(asked: dict[str, Any], said: str) -> None:
    definition = a_definition(asked)
    assert sentences.audience_sentence(definition.audience) == f"For accounts {said}."
    assert parse_play(as_json(definition)) == definition


@pytest.mark.parametrize(
    ("asked", "pointers"),
    [
        pytest.param("champion", [""], id="no list"),
        pytest.param([{"gap": "any"}] * (MAX_FILTERS + 1), [""], id="too many"),
        pytest.param(["champion"], ["/0"], id="no object"),
        pytest.param([{}], ["/0"], id="nothing is asked"),
        pytest.param([{"role": "boss"}], ["/0/role"], id="no such role"),
        pytest.param([{"gap": "boss"}], ["/0/gap"], id="no such part"),
        pytest.param([{"gap": "any", "role": "champion"}], ["/0/role"], id="a gap goes alone"),
        pytest.param([{"at_least": 1}, {"at_least": 0}], ["/1/at_least"], id="at least none"),
        pytest.param([{"engaged_days": 91}], ["/0/engaged_days"], id="longer ago than is looked"),
        pytest.param([{"engaged_days": ""}], ["/0/engaged_days"], id="no days"),
    ],
)
def test_what_is_wrong_is_said_with_its_pointer(asked: Any, pointers: list[str]) -> None:
    _, errors = read_play({"trigger": {"manual": True}, "steps": [STEP], "audience": {"committee": asked}})
    assert [one.pointer for one in errors] == [f"/audience/committee{pointer}" for pointer in pointers]
    assert all(one.detail.endswith(".") for one in errors)


def test_asking_for_a_part_and_for_its_gap_is_advised_against() -> None:
    both = a_definition({"role": "champion"}, {"gap": "champion"}, {"gap": "any"})
    found = [one for one in advice(both, {}) if one.pointer.startswith("/audience")]
    assert [one.pointer for one in found] == ["/audience/committee/1"]
    assert "without a known Champion" in found[0].detail


def test_two_versions_are_compared() -> None:
    (change,) = changes_between(a_definition(), a_definition({"gap": "any"}))
    assert change.part == "Audience"
    assert "“For accounts with a gap in the buying committee.”" in change.sentence


@pytest.mark.django_db
def test_the_decision_says_who_is_missing_and_who_is_there() -> None:
    a_play(
        "grow", audience={"committee": [{"role": "champion", "engaged_days": 30}, {"gap": "economic_buyer"}]}
    )
    accounts = [an_account(owner=a_user()) for _ in range(3)]
    champions = [a_contact(account, role="champion") for account in accounts[1:]]
    for account, champion in zip(accounts[1:], champions, strict=True):
        a_signal(account, contact=champion, at=NOW - DAY)
    a_contact(accounts[2], role="economic_buyer")
    decide_crossings(crossing_ids=[a_crossing(account).pk for account in accounts], now=NOW)

    said = {one.account_id: (one.candidates[0]["verdict"], asked_in(one)) for one in Decision.objects.all()}
    first, second, third = (said[account.pk] for account in accounts)
    assert first[0] == "refused"
    assert first[1] == ("Audience: no Champion has engaged in the last 30 days; the audience asks for one.")
    assert second[0] == "chosen"
    assert second[1] == (
        "It is for accounts like this: 1 Champion engaged in the last 30 days, no known Economic Buyer."
    )
    assert third[1] == ("Audience: an Economic Buyer is known; the audience asks for accounts without one.")
    assert Decision.objects.get(account=accounts[2]).facts["roles"] == {"champion": 1, "economic_buyer": 1}


@pytest.mark.django_db
def test_an_erased_contact_plays_no_part() -> None:
    account = an_account()
    a_contact(
        account, role="champion", email=None, title="", do_not_contact=True, erased_at=NOW, name="Erased"
    )
    (dossier,) = facts.dossiers([account], now=NOW).values()
    assert Gap("champion").objection(dossier.people, NOW) == ""


@pytest.mark.django_db
def test_the_facts_of_many_cost_what_those_of_one_cost() -> None:
    def made() -> Any:
        account = an_account()
        a_signal(account, contact=a_contact(account, seniority="vp"), at=NOW - 3 * DAY)
        return account

    one, many = [made()], [made() for _ in range(7)]
    counted = []
    for accounts in (one, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = facts.dossiers(accounts, now=NOW)
        counted.append(len(queries))
        assert {(p.seniority, p.acted_at) for each in found.values() for p in each.people} == {
            ("vp", NOW - 3 * DAY)
        }
    assert counted[0] == counted[1]


@pytest.mark.django_db
def test_a_dry_run_of_the_past_looks_at_who_had_engaged_by_then() -> None:
    account = an_account(owner=a_user())
    a_contact(account)
    ines = a_contact(account, role="champion")
    a_signal(account, contact=ines, at=NOW - 20 * DAY)
    for days in (21, 15, 5):
        a_crossing(account, at=NOW - days * DAY)
    play = a_play("grow", throttle={"cooldown_days": 0, "live_per_account": 9}, exits=[])
    definition = a_definition(
        {"role": "champion", "engaged_days": 10},
        trigger={"crossing": ["pricing"]},
        steps=[STEP | {"wait_days": 1}],
        throttle={"cooldown_days": 0},
    )
    run = dry_run(definition=definition, play=play, since=NOW - 30 * DAY, until=NOW, now=NOW)
    assert {(NOW - row.at).days: row.verdict for row in run.rows} == {
        21: "refused",
        15: "chosen",
        5: "refused",
    }
    assert not Enrollment.objects.exists()


@pytest.mark.django_db
def test_rows_about_the_committee_by_plain_buttons() -> None:
    client = signed_in()
    url = reverse("plays:play_edit", args=[a_play(steps=[CALL]).pk])
    form = opened(client, url)
    for kind in KINDS:
        page = client.post(url, form | {"do": "ask", "audience-committee": kind}).content.decode()
        form = fields_of(page)
    assert (
        "For accounts with a known contact, with a contact who engaged in the last 30 days, with a gap"
        in page
    )
    form |= {
        "audience-committee-0-role": ["champion"], "audience-committee-0-at_least": ["2"],
        "audience-committee-1-seniority": ["c_level"], "audience-committee-2-gap": ["end_user"],
    }  # fmt: skip
    assert said_by(form) == [
        {"at_least": 2, "role": "champion"},
        {"at_least": 1, "seniority": "c_level", "engaged_days": 30},
        {"gap": "end_user"},
    ]
    page = client.post(url, form | {"do": "unask 0"}).content.decode()
    assert [row.get("gap") for row in said_by(fields_of(page))] == [None, "end_user"]
    assert said_by(fields_of(client.post(url, form | {"do": "unask 7"}).content.decode())) == said_by(form)


@pytest.mark.django_db
def test_a_wrong_row_is_said_at_its_field_and_kept() -> None:
    client = signed_in()
    play = a_play(steps=[CALL], audience={"committee": [{"engaged_days": 30}, {"gap": "any"}]})
    url = reverse("plays:play_edit", args=[play.pk])
    form = opened(client, url) | {
        "audience-committee-0-engaged_days": ["soon"], "audience-committee-0-at_least": ["none"],
    }  # fmt: skip
    answer = client.post(url, form | {"do": "save"})
    page = answer.content.decode()
    assert answer.status_code == 422
    for name in ("engaged_days", "at_least"):
        slot = page[page.index(f'id="faults-audience-committee-0-{name}"') :]
        assert "This must be a whole number" in slot[: slot.index("</div>")]
    assert fields_of(page)["audience-committee-0-engaged_days"] == ["soon"]
    form |= {"audience-committee-0-engaged_days": [""], "audience-committee-0-at_least": [""]}
    page = client.post(url, form | {"do": "save"}).content.decode()
    slot = page[page.index('id="faults-audience-committee-0-engaged_days"') :]
    assert "This must be a whole number from 1 to 90." in slot[: slot.index("</div>")]


@pytest.mark.django_db
def test_the_interface_takes_and_tells_it() -> None:
    client = Client()
    client.force_login(a_user(role="revops", job=""))
    asked = [{"at_least": 2, "engaged_days": 30}, {"gap": "any"}]
    body = {"name": "Grow", "trigger": {"manual": True}, "steps": [STEP], "audience": {"committee": asked}}
    made = client.put("/api/v1/plays/grow/", body, content_type="application/json")
    assert made.status_code == 201, made.json()
    assert made.json()["audience"] == {"committee": asked}
    assert "with a gap in the buying committee" in made.json()["sentence"]
    wrong = client.put(
        "/api/v1/plays/grow/",
        body | {"audience": {"committee": [{"role": "boss"}]}},
        content_type="application/json",
    )
    assert [one["pointer"] for one in wrong.json()["errors"]] == ["/audience/committee/0/role"]


def asked_in(decision: Decision) -> str:
    (said,) = (text for rule, _, text in decision.candidates[0]["rules"] if rule == "audience")
    return str(said)


def said_by(form: dict[str, list[str]]) -> Any:
    posted = QueryDict(mutable=True)
    for name, values in form.items():
        posted.setlist(name, values)
    return from_form(posted)["audience"].get("committee")

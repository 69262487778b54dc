"""The pages of thresholds: written, read, compared and edited by a browser without scripts."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from hypothesis import given

from abmops.lib.choices import Role
from signals.domain.condition import draft as drafts
from signals.domain.condition import parse
from signals.models import SignalType, Threshold, ThresholdMove
from signals.services import definitions
from signals.views import threshold_draft as rows
from tests.accounts import make
from tests.signals import make as signals
from tests.signals.domain.worlds import KINDS, TOPICS, trees
from tests.web import forms
from tests.web.conftest import SignIn

VISITS = {"count": {"types": ["pricing-page"], "at_least": 3, "days": 14}}


def fields_of(page: str) -> QueryDict:
    """What a browser would send of the editor."""
    return forms.fields_of(page, "threshold-editor")


def send(client: Client, url: str, fields: QueryDict, do: str, **changed: str) -> Any:
    """Press a button of the form."""
    data = {name: fields.getlist(name) for name in fields} | {
        name: [value] for name, value in changed.items()
    }
    return client.post(url, {**data, "do": do})


def written_page(client: Client, url: str) -> str:
    """A page as text."""
    answer = client.get(url)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


@given(trees())
def test_every_condition_comes_back_from_the_form_as_it_was(document: dict[str, Any]) -> None:
    draft = dict(parse(document).to_json())
    types = {kind.slug: SignalType(slug=kind.slug, name=kind.slug.title(), is_active=True) for kind in KINDS}
    words = rows.Vocabulary(types, TOPICS[1:2])
    request = RequestFactory().get("/thresholds/new/")
    context = {
        "top": rows.rows_of(draft, [], words),
        "facts": rows.FACTS,
        "groups": rows.GROUPS,
        "request": request,
    }
    part = render_to_string("signals/thresholds/part.html", {**context, "one": context["top"]})
    sent = fields_of(f"<form class='threshold-editor'>{part}</form>")
    assert rows.from_form(sent) == draft


@pytest.fixture
def revops(db: None) -> Client:
    """RevOps at a browser."""
    client = Client()
    client.force_login(make.user(Role.REVOPS, name="Rita Ops"))
    return client


@pytest.fixture
def visits(site: signals.Site) -> Threshold:
    """Three pricing visits in two weeks, for tier 1 and 2."""
    return definitions.put_threshold(
        slug="visits",
        fields={"name": "Visits", "status": "active", "tiers": [1, 2], "condition": VISITS},
        by=None,
    ).row


@pytest.fixture
def site(db: None) -> signals.Site:
    """The types that the tests speak of."""
    return signals.site()


EDIT = "/thresholds/visits/edit/"


def test_opening_and_saving_changes_nothing(revops: Client, visits: Threshold) -> None:
    answer = send(revops, EDIT, fields_of(written_page(revops, EDIT)), "save")
    assert answer.status_code == 302, answer.content.decode()
    assert visits.versions.count() == 1


def test_a_threshold_is_written_press_by_press(revops: Client, site: signals.Site) -> None:
    new = "/thresholds/new/"
    page = written_page(revops, new)
    for do, changed in (
        ("add r", {"new-r": "any"}),
        ("add r-1", {"new-r-1": "count", "name": "Both"}),
        ("add r-1", {"new-r-1": "intent", "at_least-r-1-0": "2", "days-r-1-0": "7"}),
        ("up r-1", {}),
    ):
        answer = send(revops, new, fields_of(page), do, **changed)
        assert answer.status_code == 200
        page = answer.content.decode()
    assert Threshold.objects.filter(name="Both").count() == 0
    assert "either there are at least 2 signals within 7 days or the intent score is at least 60" in page
    answer = send(revops, new, fields_of(page), "save")
    assert answer.headers["Location"] == "/thresholds/both/"
    made = Threshold.objects.get(slug="both")
    assert made.current is not None
    assert made.current.condition == {
        "all": [
            {"any": [{"count": {"at_least": 2, "days": 7}}, {"intent": {"at_least": 60}}]},
            {"distinct_signals": {"qualifying": True, "at_least": 2, "days": 30}},
        ]
    }
    assert made.status == "draft"
    assert made.current.created_by is not None
    assert "“Both” is written. It crosses once its status is active." in written_page(
        revops, "/thresholds/both/"
    )


def test_a_second_one_of_a_name_gets_an_address_of_its_own(revops: Client, visits: Threshold) -> None:
    page = written_page(revops, "/thresholds/new/")
    assert "any account wants an answer within 3 working days" in page, (
        "the sentence stands there from the start"
    )
    answer = send(revops, "/thresholds/new/", fields_of(page), "save", name="Visits!")
    assert answer.headers["Location"] == "/thresholds/visits-2/"
    visits.refresh_from_db()
    assert visits.name == "Visits"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param(
            {"days-r": "soon"},
            "“Within days” must be a whole number from 1 to 730.",
            id="a word for a number",
        ),
        pytest.param(
            {"at_least-r": ""}, "“At least” is missing; give a whole number from 1 to 100.", id="nothing"
        ),
        pytest.param({"types-r": "gone"}, "There is no signal type “gone”", id="a type that is not there"),
        pytest.param({"name": ""}, "This field is required.", id="no name"),
        pytest.param({"rearm_days": "-1"}, "greater than or equal to 0", id="days below nothing"),
        pytest.param({"days-r": "30"}, "Say why in a sentence", id="no reason for the change"),
    ],
)
def test_faults_stand_at_their_row_and_nothing_is_saved(
    revops: Client, visits: Threshold, changed: dict[str, str], words: str
) -> None:
    answer = send(revops, EDIT, fields_of(written_page(revops, EDIT)), "save", **changed)
    assert answer.status_code == 200
    assert words in forms.text_of(answer.content.decode())
    for name, value in changed.items():
        if value:
            assert value in answer.content.decode(), name
    assert visits.versions.count() == 1


def test_a_change_makes_a_version_with_its_reason(revops: Client, visits: Threshold) -> None:
    fields = fields_of(written_page(revops, EDIT))
    answer = send(
        revops, EDIT, fields, "save", **{"at_least-r": "2", "reason": "Too late.", "urgency": "hot"}
    )
    assert answer.status_code == 302
    page = written_page(revops, "/thresholds/visits/")
    assert "at version 2 now" in page
    assert "at least 2 instead of 3." in page
    assert "It wants an answer within 1 working day (hot) instead of 3 working days (normal)." in page
    assert "Why: Too late." in page
    assert "Rita Ops" in page
    compared = written_page(revops, "/thresholds/visits/versions/?from=1&to=2")
    assert "Version 1 against version 2" in compared
    assert "at least 2 instead of 3." in compared


def test_an_older_version_becomes_the_current_again_as_a_new_one(revops: Client, visits: Threshold) -> None:
    definitions.put_threshold(slug="visits", fields={"condition": {"fit": {"at_least": 5}}}, by=None)
    url = f"{EDIT}?version=1"
    answer = send(revops, url, fields_of(written_page(revops, url)), "save")
    assert answer.status_code == 302, answer.content.decode()
    visits.refresh_from_db()
    assert visits.current is not None
    assert (visits.current.number, visits.current.condition) == (3, VISITS)
    assert visits.current.reason == "Back to version 1:"


def test_the_second_of_two_savers_is_told_and_loses_nothing(revops: Client, visits: Threshold) -> None:
    opened = fields_of(written_page(revops, EDIT))
    other = make.user(Role.REVOPS, name="Otto Other")
    definitions.put_threshold(
        slug="visits",
        fields={"condition": {"count": {**VISITS["count"], "days": 21}}},
        by=other,
        reason="Longer.",
    )
    mine = {"at_least-r": "2", "reason": "Sooner."}
    answer = send(revops, EDIT, opened, "save", **mine)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Somebody else has saved this threshold since you opened it" in page
    assert "Otto Other" in page
    assert "Longer." in page
    assert "at least 2 instead of 3; 14 days instead of 21 days" in page
    assert visits.versions.count() == 2
    again = fields_of(page)
    assert (again["at_least-r"], again["days-r"], again["reason"]) == ("2", "14", "Sooner.")
    assert send(revops, EDIT, again, "save").status_code == 302
    visits.refresh_from_db()
    assert visits.current is not None
    assert (visits.current.number, visits.current.condition["count"]["at_least"]) == (3, 2)


@pytest.mark.parametrize("what", ["name", "rationale", "status"])
def test_a_change_beside_the_condition_is_seen_too(revops: Client, visits: Threshold, what: str) -> None:
    opened = fields_of(written_page(revops, EDIT))
    definitions.put_threshold(slug="visits", fields={what: "paused"}, by=None)
    assert "Somebody else has saved" in send(revops, EDIT, opened, "save").content.decode()


def test_json_is_another_way_in_and_its_faults_are_told(revops: Client, visits: Threshold) -> None:
    fields = fields_of(written_page(revops, EDIT))
    assert json.loads(str(fields["json"])) == VISITS
    answer = send(revops, EDIT, fields, "json", json='{"all": [{"fit": {"at_least": 50}}]}')
    assert "the fit score is at least 50" in answer.content.decode()
    for wrong, said in (
        ("{", "This is not valid JSON"),
        ('{"luck": 1}', "is no condition"),
        ('{"fit": {"at_least": 0}}', "above 0"),
    ):
        page = send(revops, EDIT, fields, "json", json=wrong).content.decode()
        assert said in forms.text_of(page)
        assert fields_of(page)["json"] == wrong
        assert fields_of(page)["at_least-r"] == "3"


def test_what_an_old_condition_names_is_shown_and_kept(revops: Client, visits: Threshold) -> None:
    SignalType.objects.filter(slug="pricing-page").update(is_active=False)
    page = written_page(revops, EDIT)
    assert re.search(r'value="pricing-page" checked> pricing-page <span class="tag warn">retired', page)
    assert send(revops, EDIT, fields_of(page), "save").status_code == 302
    assert visits.versions.count() == 1
    SignalType.objects.filter(slug="pricing-page").update(slug="renamed")
    page = written_page(revops, EDIT)
    assert "not in the catalogue" in page
    assert "There is no signal type “pricing-page”" in page


def test_another_kind_of_fact_starts_afresh_but_keeps_its_filter_where_it_can(
    revops: Client, visits: Threshold
) -> None:
    fields = fields_of(written_page(revops, EDIT))
    kept = fields_of(send(revops, EDIT, fields, "", **{"key-r": "distinct_contacts"}).content.decode())
    assert rows.from_form(kept) == {"distinct_contacts": VISITS["count"]}
    fresh = fields_of(send(revops, EDIT, fields, "", **{"key-r": "dormant"}).content.decode())
    assert rows.from_form(fresh) == drafts.new("dormant")


def test_htmx_gets_the_rows_after_a_press_and_the_sentence_while_typing(
    revops: Client, visits: Threshold
) -> None:
    fields = fields_of(written_page(revops, EDIT))
    fields["days-r"] = "0"
    typed = revops.post(EDIT, fields.dict(), headers={"HX-Request": "true"}).content.decode()
    assert typed.lstrip().startswith('<div id="reading"')
    assert 'id="faults-r" hx-swap-oob="true"><p class="field-error">“Within days” must be' in typed
    pressed = revops.post(
        EDIT, {**fields.dict(), "do": "nest r"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert pressed.lstrip().startswith('<div id="builder"')
    assert 'name="key-r-0"' in pressed


def test_a_status_is_put_on_and_off_on_the_record(revops: Client, visits: Threshold) -> None:
    fields = fields_of(written_page(revops, EDIT))
    assert send(revops, EDIT, fields, "save", status="paused", reason="Too loud.").status_code == 302
    [move] = ThresholdMove.objects.all()
    assert (move.before, move.after, move.reason) == ("active", "paused", "Too loud.")
    assert "Active to paused: Too loud." in written_page(revops, "/thresholds/visits/")


@pytest.mark.parametrize("role", [Role.MARKETER, Role.REP, Role.EXECUTIVE])
def test_others_read_and_do_not_write(sign_in: SignIn, visits: Threshold, role: Role) -> None:
    client = sign_in(role)
    for path in (
        "",
        "visits/",
        "visits/versions/",
        "visits/near/",
        "visits/near/few/",
        "visits/near/near.csv",
        "thresholds.csv",
    ):
        assert client.get(f"/thresholds/{path}").status_code == 200, path
    assert "Change it" not in written_page(client, "/thresholds/visits/")
    for path in ("new/", "visits/edit/"):
        assert client.get(f"/thresholds/{path}").status_code == 403
        assert client.post(f"/thresholds/{path}").status_code == 403


@pytest.mark.parametrize("path", ["nothing/", "nothing/edit/", "nothing/near/", "nothing/versions/"])
def test_what_is_not_there_is_not_found(revops: Client, path: str) -> None:
    assert revops.get(f"/thresholds/{path}").status_code == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param({}, ["three-pricing", "two-people", "Visits", "hand-raise"], id="all"),
        pytest.param({"q": "visit"}, ["Visits"], id="searched"),
        pytest.param({"status": "paused"}, [], id="none of the status"),
        pytest.param({"q": "\x00", "sort": "nothing", "page": "x"}, ["Visits"], id="nonsense"),
    ],
)
def test_the_list_is_searched_and_narrowed(
    revops: Client, visits: Threshold, query: Mapping[str, str], names: list[str]
) -> None:
    page = revops.get("/thresholds/", query).content.decode()
    found = re.findall(r'<section class="definition" id="([^"]+)"', page)
    assert {name.lower() for name in names} <= set(found)
    assert names or not found
    assert names or "No threshold is like that" in page


def test_the_number_of_queries_does_not_grow(revops: Client, visits: Threshold) -> None:
    def count(url: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert revops.get(url).status_code == 200
        return len(queries)

    urls = ("/thresholds/", "/thresholds/visits/", "/thresholds/visits/versions/", EDIT)
    for url in urls:
        count(url)
    few = [count(url) for url in urls]
    for number in range(6):
        definitions.put_threshold(
            slug="visits", fields={"rearm_days": number}, by=make.user(Role.REVOPS), reason="Again."
        )
        definitions.put_threshold(
            slug=f"more-{number}", fields={"name": "More", "condition": VISITS}, by=None
        )
    assert [count(url) for url in urls] == few


def test_who_renamed_it_and_gave_it_to_whom_stands_beside_its_versions(
    revops: Client, visits: Threshold
) -> None:
    fields = fields_of(written_page(revops, EDIT))
    heir = make.user(Role.REVOPS, name="Bo Heir")
    sent = send(revops, EDIT, fields, "save", name="Calls", owner=str(heir.pk), reason="Ann is on leave.")
    assert sent.status_code == 302
    for path in ("", "versions/"):
        page = written_page(revops, f"/thresholds/visits/{path}")
        assert "Renamed from “Visits” to “Calls”: Ann is on leave." in page
        assert "Owner changed from nobody to Bo Heir: Ann is on leave." in page
    assert "There is one version so far" in written_page(revops, "/thresholds/visits/versions/")

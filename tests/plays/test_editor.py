"""The play editor: everything by plain form posts, everything kept when something is wrong, nobody overtaken unseen."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from plays.domain import starter
from plays.domain.parse import as_json, parse_play
from plays.models import Play, PlayVersion, Task
from plays.services.decision.deciding import decide_crossings
from plays.services.play import drafting
from plays.views.editor_fields import slot_of
from plays.views.editor_form import from_form
from tests.plays.make import CALL, EMAIL, NOW, a_contact, a_crossing, a_play, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db


def signed_in(**fields: Any) -> Client:
    client = Client()
    client.force_login(a_user(**({"role": "revops", "job": ""} | fields)))
    return client


def fields_of(page: str) -> dict[str, list[str]]:
    """What a browser would post of the editor's form: its fields as they stand, without the buttons."""
    form = page[page.index('<form class="threshold-editor') :]
    form = form[: form.index("</form>")]
    posted: dict[str, list[str]] = {}
    for tag, inside, text in re.findall(r"<(input|textarea|select)\b([^>]*)>(.*?)(?=<|\Z)", form, re.S):
        name = re.search(r'name="([^"]*)"', inside)
        if not name or tag == "select":
            continue
        if 'type="checkbox"' in inside and "checked" not in inside:
            continue
        value = re.search(r'value="([^"]*)"', inside)
        said = text.removeprefix("\n") if tag == "textarea" else value.group(1) if value else ""
        posted.setdefault(unescape(name.group(1)), []).append(unescape(said))
    for name, options in re.findall(r'<select\b[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.findall(r'<option value="([^"]*)"[^>]*selected', options) or re.findall(
            r'<option value="([^"]*)"', options
        )
        if chosen:
            posted.setdefault(name, []).append(unescape(chosen[0]))
    return posted


def opened(client: Client, url: str) -> dict[str, list[str]]:
    answer = client.get(url)
    assert answer.status_code == 200
    return fields_of(answer.content.decode())


@pytest.mark.parametrize("made", starter.ALL, ids=lambda made: made.slug)
def test_the_form_of_a_starter_says_the_starter_again(made: Any) -> None:
    for slug in made.definition["trigger"].get("crossing", ()):
        a_threshold(slug)
    posted = opened(signed_in(), f"{reverse('plays:play_new')}?starter={made.slug}")
    form = QueryDict(mutable=True)
    for name, values in posted.items():
        form.setlist(name, values)
    assert as_json(parse_play(from_form(form))) == as_json(parse_play(made.definition))


def test_a_new_play_is_a_draft_on_which_nothing_runs() -> None:
    client = signed_in()
    form = opened(client, reverse("plays:play_new"))
    added = client.post(reverse("plays:play_new"), form | {"do": "add", "new-step": "call"})
    form = fields_of(added.content.decode())
    form |= {"name": ["Pricing answer"], "steps-0-key": ["First call"], "steps-0-instructions": ["Ask."]}
    answer = client.post(reverse("plays:play_new"), form | {"do": "save"})
    play = Play.objects.get()
    assert answer.headers["Location"] == reverse("plays:play", args=[play.pk])
    version = play.current
    assert version is not None
    assert (play.slug, play.status, version.stage) == ("pricing-answer", "draft", "draft")
    assert version.activated_at is None
    assert version.steps[0]["key"] == "first-call"


@pytest.mark.parametrize(
    ("status", "mine", "refused"),
    [("active", False, True), ("retired", False, False), ("active", True, False)],
)
def test_two_plays_are_not_called_the_same(status: str, mine: bool, refused: bool) -> None:
    """Nobody could tell them apart in the library; what a retired one was called is free again."""
    client, there = signed_in(), a_play()
    Play.objects.filter(pk=there.pk).update(name="Pilot Offer", status=status)
    play = there if mine else a_play("another")
    url = reverse("plays:play_edit", args=[play.pk])
    answer = client.post(url, opened(client, url) | {"name": ["pilot offer"], "do": "save"})
    assert (f"“Pilot Offer” already: {there.slug}, active." in answer.content.decode()) is refused
    assert answer.status_code == (422 if refused else 302)


def test_what_is_wrong_is_said_at_its_field_and_everything_is_kept() -> None:
    client = signed_in()
    play = a_play(steps=[CALL, EMAIL])
    url = reverse("plays:play_edit", args=[play.pk])
    form = opened(client, url)
    form |= {
        "steps-0-sla_hours": ["soon"],
        "steps-1-instructions": ["Hello {{contact.nme}}"],
        "contract-days": ["0"],
        "holdout": ["many"],
    }
    answer = client.post(url, form | {"do": "save"})
    page = answer.content.decode()
    assert answer.status_code == 422
    for name, said in (
        ("steps-0-sla_hours", "This must be a number from 0 to 2160."),
        (
            "steps-1-instructions",
            "The merge field “contact.nme” is not known; perhaps “contact.name” is meant.",
        ),
        ("contract-days", "This must be a whole number from 1 to 730."),
        ("holdout", "This must be a number from 0 to 1, that is 0 to 100 %."),
    ):
        slot = page[page.index(f'id="faults-{name}"') :]
        assert said in slot[: slot.index("</div>")]
    kept = fields_of(page)
    assert (kept["steps-0-sla_hours"], kept["holdout"]) == (["soon"], ["many"])
    assert kept["steps-1-instructions"] == ["Hello {{contact.nme}}"]
    assert PlayVersion.objects.count() == 1


def test_a_refusal_lists_what_is_wrong_with_the_way_to_each_field() -> None:
    client = signed_in()
    url = reverse("plays:play_new")
    before = client.post(url, opened(client, url) | {"do": "add", "new-step": "call"}).content.decode()
    assert "form-errors" not in before
    assert "This field is required." not in before
    form = fields_of(before) | {"steps-0-key": [""], "contract-days": ["0"], "do": ["save"]}
    page = client.post(url, form).content.decode()
    alert = page[page.index('role="alert"') :]
    alert = alert[: alert.index("</div>")]
    links = dict(re.findall(r'href="#([^"]*)">([^<]*)</a>', alert))
    assert links == {
        "id_name": "Name",
        "f-steps-0-key": "Step 1, Name of the step",
        "f-contract-days": "How it is measured, Within",
    }
    assert all(f'id="{anchor}"' in page for anchor in links)
    assert "1. Step 1" in page


@pytest.mark.parametrize(
    ("act", "keys"),
    [
        ("add", ["call", "email", "linkedin"]),
        ("up 1", ["email", "call"]),
        ("down 0", ["email", "call"]),
        ("up 0", ["call", "email"]),
        ("copy 0", ["call", "call-2", "email"]),
        ("remove 0", ["email"]),
        ("remove 9", ["call", "email"]),
        ("fly away", ["call", "email"]),
    ],
)
def test_steps_by_plain_buttons(act: str, keys: list[str]) -> None:
    client = signed_in()
    url = reverse("plays:play_edit", args=[a_play(steps=[CALL, EMAIL]).pk])
    answer = client.post(url, opened(client, url) | {"do": act, "new-step": "linkedin"})
    form = fields_of(answer.content.decode())
    assert [form[f"steps-{index}-key"][0] for index in range(len(keys))] == keys
    assert f"steps-{len(keys)}-key" not in form


def test_words_for_a_persona_come_and_go() -> None:
    client = signed_in()
    url = reverse("plays:play_edit", args=[a_play(steps=[CALL]).pk])
    form = opened(client, url)
    added = client.post(url, form | {"do": "variant 0", "steps-0-new": "champion"}).content.decode()
    form = fields_of(added)
    assert form["steps-0-variant-0-persona"] == ["champion"]
    assert form["steps-0-variant-0"] == ["Call {{contact.first_name}}."]
    form["steps-0-variant-0"] = ["Ask what changed."]
    client.post(url, form | {"do": "save"})
    draft = PlayVersion.objects.get(stage="draft")
    assert draft.steps[0]["variants"] == {"champion": "Ask what changed."}
    form = opened(client, url)
    gone = fields_of(client.post(url, form | {"do": "unvariant 0 champion"}).content.decode())
    assert "steps-0-variant-0" not in gone


def test_a_change_of_an_active_play_is_a_draft_and_the_play_goes_on() -> None:
    client = signed_in()
    play = a_play(priority=50)
    url = reverse("plays:play_edit", args=[play.pk])
    client.post(url, opened(client, url) | {"priority": ["60"], "reason": ["It pays."], "do": "save"})
    play.refresh_from_db()
    draft = PlayVersion.objects.get(stage="draft")
    assert play.current is not None
    assert (play.current.number, play.current.priority, play.status) == (1, 50, "active")
    assert (draft.number, draft.priority, draft.based_on, draft.reason) == (2, 60, 1, "It pays.")


def test_the_second_of_two_savers_is_told_and_loses_nothing() -> None:
    one, two = signed_in(), signed_in()
    url = reverse("plays:play_edit", args=[a_play(priority=50).pk])
    theirs, mine = opened(one, url), opened(two, url)
    assert one.post(url, theirs | {"priority": ["60"], "do": "save"}).status_code == 302
    answer = two.post(url, mine | {"priority": ["70"], "do": "save"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else has saved this play since you opened it." in page
    assert "Priority: 60 is now 70" in page
    assert PlayVersion.objects.get(stage="draft").priority == 60
    again = fields_of(page)
    assert again["priority"] == ["70"]
    assert two.post(url, again | {"do": "save"}).status_code == 302
    assert PlayVersion.objects.get(stage="draft").priority == 70


def test_the_preview_is_word_for_word_what_the_task_says() -> None:
    owner = a_user()
    account = an_account(owner=owner, industry="Steel")
    contact = a_contact(account, role="champion", title="")
    step = CALL | {
        "instructions": "General.",
        "variants": {
            "champion": "Ask {{contact.first_name}} of {{account.name}} about {{contact.title|the work}}."
        },
    }
    play = a_play(steps=[step])
    client = signed_in()
    url = reverse("plays:play_edit", args=[play.pk])
    form = opened(client, url) | {"on_account": [account.domain or ""], "do": "look"}
    page = client.post(url, form, headers={"HX-Request": "true"}).content.decode()
    decide_crossings(crossing_ids=[a_crossing(account, a_threshold()).pk], now=NOW)
    task = Task.objects.get()
    assert task.contact_id == contact.pk
    assert task.instructions == f"Ask {contact.name.split()[0]} of {account.name} about the work."
    for said in (task.title, task.instructions, owner.name, "The words for the champion."):
        assert said in page
    assert "Nothing is known for {{contact.title}}, so “the work” stands there." in page


def test_typing_answers_with_the_sentences_alone() -> None:
    client = signed_in()
    url = reverse("plays:play_edit", args=[a_play().pk])
    form = opened(client, url) | {"trigger-score": ["70"]}
    page = client.post(url, form, headers={"HX-Request": "true"}).content.decode()
    assert "the score rises to 70 or more" in page
    assert 'id="say-trigger" hx-swap-oob="true"' in page
    assert "<form" not in page


@pytest.mark.parametrize(
    ("pointer", "slot"),
    [
        ("/steps/0/sla_hours", "steps-0-sla_hours"),
        ("/steps/1/variants/champion", "steps-1-variant-1"),
        ("/steps/1/variants/a~1b", "steps-1-variant-0"),
        ("/steps/0/unheard", "steps-0-key"),
        ("/steps", "whole"),
        ("/trigger", "trigger-crossing"),
        ("/trigger/score/at_least", "trigger-score"),
        ("/trigger/joined_tier/0", "trigger-joined_tier"),
        ("/trigger/contact_engaged/contacts_at_most", "trigger-contacts_at_most"),
        ("/audience/industries/3", "audience-industries"),
        ("/exits/0", "exits"),
        ("/throttle/cooldown_days", "throttle-cooldown_days"),
        ("/nowhere", "whole"),
    ],
)
def test_each_pointer_has_its_field(pointer: str, slot: str) -> None:
    document = {"steps": [{}, {"variants": {"a/b": "", "champion": ""}}]}
    assert slot_of(pointer, document) == slot


def test_a_document_as_json_is_taken_and_a_broken_one_is_told() -> None:
    client = signed_in()
    url = reverse("plays:play_new")
    form = opened(client, url)
    said = '{"trigger": {"hand_raise": true}, "steps": [{"key": "call", "channel": "call"}]}'
    taken = client.post(url, form | {"do": "json", "json": said})
    assert fields_of(taken.content.decode())["trigger-hand_raise"] == ["1"]
    broken = client.post(url, form | {"do": "json", "json": "{"}).content.decode()
    assert "This is not valid JSON" in broken
    odd = client.post(url, form | {"do": "json", "json": '{"steps": [3], "trigger": 7, "audience": []}'})
    assert "/steps/0: This must be an object." in odd.content.decode()


def test_the_flow_comes_first_and_its_reading_is_folded_and_renewed() -> None:
    client = signed_in()
    url = reverse("plays:play_edit", args=[a_play().pk])
    page = client.get(url).content.decode()
    assert (
        page.index('id="flow-h"') < page.index("<summary>Read aloud</summary>") < page.index('id="say-aloud"')
    )
    typed = client.post(url, opened(client, url), headers={"HX-Request": "true"}).content.decode()
    assert '<p id="say-aloud" hx-swap-oob="true">' in typed


def test_the_editor_asks_a_fixed_number_of_queries() -> None:
    client = signed_in()
    steps = [CALL | {"key": f"k{n}", "variants": {"champion": "A", "blocker": "B"}} for n in range(20)]
    plays = [a_play(steps=[CALL]), a_play(steps=[CALL]), a_play(steps=steps)]
    counted = []
    for play in plays:
        with CaptureQueriesContext(connection) as caught:
            client.get(reverse("plays:play_edit", args=[play.pk]))
        counted.append(len(caught))
    assert counted[1] == counted[2]


def test_who_may_write_plays() -> None:
    url = reverse("plays:play_edit", args=[a_play().pk])
    assert signed_in(role="marketer").get(url).status_code == 200
    for role in ("rep", "executive"):
        assert signed_in(role=role).get(url).status_code == 403


def test_a_mark_changes_with_what_it_marks() -> None:
    play = a_play()
    play = Play.objects.select_related("current").get(pk=play.pk)
    first = drafting.mark_of(play, None)
    play.name = "Another"
    assert drafting.mark_of(play, None) != first

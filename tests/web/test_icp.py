"""The Customer profile pages: what is in force, a draft and its preview, and adopting it."""

import base64
import json
import re
import zlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.domain import icp
from accounts.models import Account, ChangeSet, IcpModel, IcpProposal, ListMembership
from accounts.services.account import adopt_icp
from accounts.views import icp_draft as drafts
from signals.domain import score
from tests.accounts import make
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
STEEL = [{"field": "industry", "weight": 60, "any_of": ["Steel"], "label": "Makes steel"}]
SIZE = [{"field": "employees", "weight": 40, "at_least": 500}]


def world(count: int = 4) -> None:
    """Steel works on the list, big and small; optics off it."""
    for number in range(count):
        account = make.account(
            f"Works {number}",
            f"works{number}.example",
            industry="Steel",
            employees=1_000 if number % 2 else 10,
        )
        ListMembership.objects.create(
            account=account,
            tier=1 + number % 3,
            valid_from=timezone.now() - timedelta(days=9),
            side="revops",
            reason="x",
        )
        make.account(f"Lens {number}", f"lens{number}.example", industry="Optics", employees=2_000)
    adopt_icp(name="Makers", criteria=[*STEEL, *SIZE], now=timezone.now(), reason="Where we win.")
    cache.clear()


def form_of(raw: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """What a browser sends for a draft."""
    sent: dict[str, Any] = {"row": [str(number) for number in range(len(raw))]} | more
    for number, item in enumerate(raw):
        sent[f"field-{number}"] = sent[f"was-{number}"] = item["field"]
        for name in ("weight", "label", "at_least", "at_most"):
            sent[f"{name}-{number}"] = str(item.get(name, ""))
        sent[f"value-{number}"] = item.get("any_of", [])
    return sent | more


def test_the_profile_reads_as_sentences_with_the_points_they_give(sign_in: SignIn) -> None:
    world()
    page = sign_in(Role.REP).get("/profile/").content.decode()
    for words in (
        "The industry is Steel.",
        "It has at least 500 employees.",
        "Makers",
        "Version 1",
        "Where we win.",
        "Makes steel",
    ):
        assert words in page, words


def test_the_first_visit_says_what_to_do(sign_in: SignIn) -> None:
    page = sign_in(Role.REVOPS).get("/profile/").content.decode()
    assert "No profile is in force" in page
    assert "Add the first criterion" in page


def test_a_draft_without_javascript_is_an_address_that_shows_whom_it_moves(sign_in: SignIn) -> None:
    world()
    browser = sign_in(Role.MARKETER)
    answer = browser.post("/profile/preview/", form_of([*STEEL, {**SIZE[0], "weight": 140 - 80}]))
    assert answer.status_code == 302
    page = browser.get(answer.headers["Location"].split("#")[0]).content.decode()
    assert "Your draft" in page
    assert "6 of 8 accounts" in page
    assert "from moderate to weak" not in page
    assert "40 → <strong>50</strong>" in page


def test_the_live_preview_is_the_part_alone_and_names_what_is_not_finished(sign_in: SignIn) -> None:
    world()
    raw = [*SIZE, {"field": "industry", "weight": 10, "any_of": []}]
    answer = sign_in(Role.REP).post("/profile/preview/", form_of(raw), headers={"HX-Request": "true"})
    part = answer.content.decode()
    assert "<html" not in part
    assert "Criterion 2: industry takes any_of, a list of values. It is left out of the preview." in part
    assert "2 on the list</a> would fall below moderate" in part
    assert "4 off the list</a> would become strong" in part
    assert "Adopt this profile" not in part


def test_every_figure_of_the_preview_opens_to_as_many_rows_as_it_says(sign_in: SignIn) -> None:
    world(5)
    browser = sign_in(Role.REVOPS)
    part = browser.post("/profile/preview/", form_of(SIZE), headers={"HX-Request": "true"}).content.decode()
    links = re.findall(r'<a class="num" href="(/profile/moves/[^"]+)">([\d,]+)', part)
    assert len(links) > 15
    for address, count in links:
        page = browser.get(address.replace("&amp;", "&")).content.decode()
        assert page.count('data-label="Then"') == int(count), address
        lines = b"".join(browser.get(address.replace("&amp;", "&").replace("/moves/", "/moves.csv")))
        assert lines.decode().count("\r\n") == int(count) + 1


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        pytest.param("up 1", ["employees", "industry"], id="up"),
        pytest.param("down 0", ["employees", "industry"], id="down"),
        pytest.param("up 0", ["industry", "employees"], id="the first stays"),
        pytest.param("remove 0", ["employees"], id="remove"),
        pytest.param("add", ["industry", "employees", "contacts"], id="add"),
        pytest.param("remove 7", ["industry", "employees"], id="no such row"),
        pytest.param("nonsense", ["industry", "employees"], id="nonsense"),
    ],
)
def test_the_editor_changes_its_rows_with_and_without_htmx(
    sign_in: SignIn, act: str, fields: list[str]
) -> None:
    browser = sign_in(Role.REVOPS)
    sent = form_of([*STEEL, *SIZE], do=act, new="contacts")
    address = browser.post("/profile/edit/", sent).headers["Location"]
    pages = [browser.get(address.split("#")[0]).content.decode()]
    answer = browser.post("/profile/edit/", sent, headers={"HX-Request": "true"})
    assert answer.headers["HX-Replace-Url"] == address.split("#")[0]
    pages.append(answer.content.decode())
    for page in pages:
        assert re.findall(r'name="was-\d+" value="(\w+)"', page) == fields


def test_another_field_starts_without_values(sign_in: SignIn) -> None:
    sent = form_of(STEEL) | {"field-0": "region"}
    part = sign_in(Role.REVOPS).post("/profile/edit/", sent, headers={"HX-Request": "true"}).content.decode()
    assert "region takes any_of" in part
    assert "Makes steel" not in part


def test_values_are_offered_with_their_number_and_kept_when_nobody_has_them(sign_in: SignIn) -> None:
    world()
    draft = drafts.packed([{"field": "industry", "weight": 1, "any_of": ["optics", "Whaling"]}])
    page = sign_in(Role.REP).get(f"/profile/?draft={draft}").content.decode()
    assert (
        '<input type="checkbox" name="value-0" value="Whaling" checked> Whaling <span class="n">0</span>'
        in page
    )
    assert (
        '<input type="checkbox" name="value-0" value="Optics" checked> Optics <span class="n">4</span>'
        in page
    )
    assert '<input type="checkbox" name="value-0" value="Steel"> Steel <span class="n">4</span>' in page


@pytest.mark.parametrize("word", ["", "x", "%%%", "eJw", "9" * 5_000, drafts.packed([{"field": 3}] * 99)])
def test_a_broken_draft_shows_the_profile_in_force(sign_in: SignIn, word: str) -> None:
    world()
    answer = sign_in(Role.REP).get("/profile/", {"draft": word})
    assert answer.status_code == 200
    assert "Try a change" in answer.content.decode()


def test_a_draft_comes_back_as_it_went() -> None:
    raw = [*STEEL, *SIZE, {"field": "country", "weight": 7.5, "any_of": ["DE", "Österreich; <b>"]}]
    assert drafts.unpacked(drafts.packed(raw)) == raw


def test_a_packed_bomb_does_not_go_off() -> None:
    assert drafts.unpacked(drafts.packed([{"field": "industry", "any_of": ["x" * 5_000_000]}])) is None


def test_revops_adopts_with_a_reason_that_stays_in_the_versions_and_in_the_change_log(
    sign_in: SignIn,
) -> None:
    world()
    browser = sign_in(Role.REVOPS)
    draft = drafts.packed(SIZE)
    asked = browser.get(f"/profile/adopt/?draft={draft}").content.decode()
    assert "Adopt this profile" in asked
    assert Account.objects.filter(fit=100).count() == 2
    sent = {"name": "Big ones", "reason": "Size is what counts.", "instead_of": "1"}
    assert browser.post(f"/profile/adopt/?draft={draft}", sent).status_code == 302
    model = IcpModel.objects.get(retired_at=None)
    assert (model.number, model.name, model.reason, model.criteria) == (
        2,
        "Big ones",
        "Size is what counts.",
        SIZE,
    )
    assert model.adopted_by is not None
    assert model.adopted_by.role == Role.REVOPS
    assert Account.objects.filter(fit=100).count() == 6
    logged = ChangeSet.objects.get(reason="Size is what counts.")
    assert logged.by == model.adopted_by
    page = browser.get("/profile/").content.decode()
    assert "Version 2 is in force." in page
    assert "Version 1: Makers" in page


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param({"name": "X", "reason": "", "instead_of": "1"}, "required", id="no reason"),
        pytest.param(
            {"name": "X", "reason": "r", "instead_of": "0"}, "came into force while", id="somebody was first"
        ),
    ],
)
def test_an_adoption_that_cannot_be_says_why_and_changes_nothing(
    sign_in: SignIn, sent: dict[str, str], words: str
) -> None:
    world()
    answer = sign_in(Role.REVOPS).post(f"/profile/adopt/?draft={drafts.packed(SIZE)}", sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert IcpModel.objects.count() == 1


def test_what_is_in_force_already_is_not_adopted_again(sign_in: SignIn) -> None:
    world()
    sent = {"name": "X", "reason": "r", "instead_of": "1"}
    answer = sign_in(Role.REVOPS).post("/profile/adopt/", sent)
    assert "nothing to adopt" in answer.content.decode()


@pytest.mark.parametrize("role", [Role.REP, Role.MARKETER, Role.EXECUTIVE, Role.INTEGRATION])
def test_only_revops_adopts(sign_in: SignIn, role: Role) -> None:
    world()
    sent = {"name": "X", "reason": "r", "instead_of": "1"}
    assert sign_in(role).post(f"/profile/adopt/?draft={drafts.packed(SIZE)}", sent).status_code == 403
    assert IcpModel.objects.count() == 1


def test_an_old_version_opens_as_a_draft_to_go_back_to(sign_in: SignIn) -> None:
    world()
    adopt_icp(name="Big", criteria=SIZE, now=timezone.now())
    browser = sign_in(Role.REVOPS)
    page = browser.get("/profile/?version=1").content.decode()
    assert "Your draft" in page
    assert "6 of 8 accounts" in page
    word = re.search(r'href="/profile/adopt/\?draft=([^"&]+)', page)
    assert word is not None
    assert drafts.unpacked(word.group(1)) == [*STEEL, *SIZE]
    asked = browser.get(f"/profile/adopt/?draft={word.group(1)}&version=1").content.decode()
    assert "Back to version 1: " in asked


def test_what_is_in_force_is_not_offered_for_adoption(sign_in: SignIn) -> None:
    world()
    browser = sign_in(Role.REVOPS)
    assert "Adopt this profile" not in browser.get("/profile/").content.decode()
    assert "Adopt this profile" in browser.get(f"/profile/?draft={drafts.packed(SIZE)}").content.decode()


def test_two_versions_stand_side_by_side(sign_in: SignIn) -> None:
    world()
    adopt_icp(name="Big", criteria=SIZE, now=timezone.now())
    browser = sign_in(Role.REP)
    page = browser.get("/profile/compare/?from=1&to=2").content.decode()
    assert re.findall(r'data-label="Change">([^<]+)<', page) == ["-60", "+60"] or re.findall(
        r'data-label="Change">([^<]+)<', page
    ) == ["+60", "-60"]
    assert "not asked" in page
    assert browser.get("/profile/compare/?from=1&to=9").status_code == 404


def test_an_account_says_why_it_fits_and_what_could_raise_it(sign_in: SignIn) -> None:
    world()
    lost = make.account("Unknown", "unknown.example", industry="Steel", fit=60)
    page = sign_in(Role.REP).get(f"/profile/accounts/{lost.pk}/").content.decode()
    assert "Makes steel" in page
    assert page.index("Makes steel") < page.index("Number of employees")
    assert "could raise the fit by up to 40" in page.replace("\n", " ")


def test_the_queries_of_the_pages_do_not_grow_with_the_accounts(sign_in: SignIn) -> None:
    world(3)
    browser = sign_in(Role.REVOPS)
    draft = drafts.packed(SIZE)
    addresses = [
        f"/profile/?draft={draft}",
        f"/profile/moves/?draft={draft}",
        f"/profile/moves.csv?draft={draft}",
    ]

    def counts() -> list[int]:
        found = []
        for address in addresses:
            browser.get(address)  # warms what is kept for a minute
            with CaptureQueriesContext(
                connection,
            ) as caught:
                answer = browser.get(address)
                b"".join(answer) if answer.streaming else answer.content
            found.append(len(caught))
        return found

    before = counts()
    for number in range(20):
        make.account(f"More {number}", f"more{number}.example", industry="Steel", employees=number * 100)
    cache.clear()
    assert counts() == before
    assert max(before) < 25


def test_the_names_of_a_fit_are_those_of_the_score() -> None:
    assert (icp.STRONG, icp.MODERATE) == (score.STRONG_FIT, score.MODERATE_FIT)
    for fit in (0, 49.999, 50, 80.999, 81, 100):
        assert icp.band_of(fit) == score.fit_name(fit)


EVIDENCE: dict[str, Any] = {
    "since": "2024-11-22T09:00:00+00:00", "deals": 100, "won": 60, "lost": 40, "companies": 50, "likelihood": 0.3,
    "auc": {"value": 0.52, "low": 0.41, "high": 0.63}, "chance": {"value": 0.5, "low": 0.4, "high": 0.6},
    "criteria_auc": {"value": 0.51, "low": 0.4, "high": 0.6}, "current_auc": None, "gain": None,
    "better_than_chance": False,
    "calibration": [{"said": 0.5, "was": 0.6, "deals": 100, "low": 0.5, "high": 0.7}],
    "weights": [{"label": "Industry: Steel", "field": "industry", "coefficient": 0.1, "odds": 1.1, "deals": 40}],
}  # fmt: skip


def proposed(**fields: Any) -> IcpProposal:
    """A proposal that was worked out."""
    return IcpProposal.objects.create(
        **({"criteria": STEEL, "evidence": EVIDENCE, "made_at": timezone.now(), "progress": 100} | fields)
    )


def test_a_proposal_no_better_than_chance_says_so_first(sign_in: SignIn) -> None:
    world()
    page = sign_in(Role.EXECUTIVE).get(f"/profile/proposals/{proposed().pk}/").content.decode()
    for words in (
        "No better than chance",
        "0.41 to 0.63",
        "0.40 to 0.60",
        "Industry: Steel",
        "1.10",
        "100: 60 won",
        "In force",
    ):
        assert words in page, words
    assert "Adopt…" not in page
    better = proposed(evidence={**EVIDENCE, "better_than_chance": True})
    assert (
        "No better than chance"
        not in sign_in(Role.REVOPS).get(f"/profile/proposals/{better.pk}/").content.decode()
    )


def test_a_proposal_is_asked_for_and_watched(sign_in: SignIn) -> None:
    browser = sign_in(Role.REVOPS)
    address = browser.post("/profile/proposals/").headers["Location"]
    page = browser.get(address).content.decode()
    assert "0% done" in page
    assert 'hx-trigger="every 2s"' in page
    assert "HX-Refresh" not in browser.get(f"{address}standing/").headers
    browser.post("/profile/proposals/")
    assert "worked out already" in browser.get("/profile/").content.decode()
    IcpProposal.objects.update(state="refused", note="Too few of them.")
    assert browser.get(f"{address}standing/").headers["HX-Refresh"] == "true"
    assert "Too few of them." in browser.get(address).content.decode()
    assert "Too few of them." in browser.get("/profile/").content.decode()


def test_a_proposal_is_adopted_as_it_stands(sign_in: SignIn) -> None:
    world()
    proposal, browser = proposed(), sign_in(Role.REVOPS)
    address = f"/profile/adopt/?proposal={proposal.pk}"
    assert f'href="{address}"' in browser.get(f"/profile/proposals/{proposal.pk}/").content.decode()
    assert "The industry is Steel." in browser.get(address).content.decode()
    assert (
        browser.post(address, {"name": "Steel", "reason": "We win it.", "instead_of": "1"}).status_code == 302
    )
    proposal.refresh_from_db()
    assert proposal.state == "adopted"
    assert proposal.model == IcpModel.objects.get(retired_at=None)
    assert "Proposed from history" in browser.get("/profile/").content.decode()


def test_a_proposal_is_dismissed_and_taken_up_again(sign_in: SignIn) -> None:
    proposal, browser = proposed(), sign_in(Role.REVOPS)
    browser.post(f"/profile/proposals/{proposal.pk}/dismiss/")
    assert (
        f"/profile/proposals/{proposal.pk}/reopen/"
        in browser.get(f"/profile/proposals/{proposal.pk}/").content.decode()
    )
    proposal.refresh_from_db()
    assert proposal.state == "dismissed"
    browser.post(f"/profile/proposals/{proposal.pk}/reopen/")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == ("open", None)


@pytest.mark.parametrize("role", [Role.REP, Role.MARKETER, Role.EXECUTIVE])
def test_only_revops_asks_and_decides(sign_in: SignIn, role: Role) -> None:
    proposal, browser = proposed(), sign_in(role)
    assert "Propose a profile from our deals" not in browser.get("/profile/").content.decode()
    for address in ("", f"{proposal.pk}/dismiss/", f"{proposal.pk}/reopen/"):
        assert browser.post(f"/profile/proposals/{address}").status_code == 403
    assert IcpProposal.objects.get().state == "open"


def test_a_count_that_is_under_way_says_how_far_it_is(sign_in: SignIn) -> None:
    world()
    browser = sign_in(Role.REP)
    assert "being recomputed" not in browser.get("/profile/").content.decode()
    middle = Account.objects.order_by("pk")[2].pk
    work.put(kind="refit", subject_id=0, payload={"after": middle, "version": 1})
    assert "3 of 8 accounts are done" in browser.get("/profile/").content.decode()


def test_values_that_are_written_join_those_that_are_chosen(sign_in: SignIn) -> None:
    sent = form_of(STEEL) | {"more-0": "Zinc; Steel ;; Tin"}
    answer = sign_in(Role.REP).post("/profile/preview/", sent, headers={"HX-Request": "true"})
    assert "The industry is Steel, Zinc or Tin." in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("1,000", "at least 1,000"),
        ("1 000", "at least 1,000"),
        ("12.5", "at least 12.5"),
        ("many", "must be numbers"),
    ],
)
def test_a_bound_is_read_as_people_write_it(sign_in: SignIn, typed: str, said: str) -> None:
    sent = form_of(SIZE) | {"at_least-0": typed}
    answer = sign_in(Role.REP).post("/profile/preview/", sent, headers={"HX-Request": "true"})
    assert said in answer.content.decode()


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(
            {"field": "industry", "weight": 1, "any_of": ["a\0b", "\ud800x"], "label": "\udfff\0"},
            id="unstorable",
        ),
        pytest.param(
            {"field": "employees", "weight": float("nan"), "at_least": float("inf")}, id="no numbers"
        ),
        pytest.param({"field": "employees", "weight": 10**400, "at_least": 1}, id="beyond measure"),
        pytest.param({"field": ["x"], "weight": {}, "any_of": {"a": 1}}, id="no shape"),
        pytest.param({}, id="empty"),
    ],
)
def test_a_draft_that_somebody_forged_is_answered_in_words(sign_in: SignIn, item: dict[str, Any]) -> None:
    world()
    text = json.dumps([item, *SIZE])
    word = base64.urlsafe_b64encode(zlib.compress(text.encode())).decode().rstrip("=")
    browser = sign_in(Role.REVOPS)
    for address in ("/profile/", "/profile/moves/", "/profile/adopt/"):
        assert browser.get(address, {"draft": word, "q": "a\0"}).status_code == 200
    sent = {"name": "X", "reason": "r", "instead_of": "1"}
    assert browser.post(f"/profile/adopt/?draft={word}", sent).status_code in (302, 422)

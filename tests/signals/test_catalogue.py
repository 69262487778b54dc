"""The catalogue: what its pages say, who may change it, and what is warned of."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.lib.ids import uuid7
from accounts.models import User
from plays.models import Play
from plays.services.play.library import install_starter_plays
from signals.models import RejectedEvent, Signal, SignalType, Source, SourceAlert, Topic
from signals.services import definitions, ingest, volumes
from signals.services.starter import install_starter_catalogue
from tests import budgets
from tests.accounts import make as accounts
from tests.signals import make
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def revops_browser(sign_in: SignIn) -> Client:
    """RevOps at their desk."""
    return sign_in(Role.REVOPS)


@pytest.fixture
def desk(db: None) -> Client:
    """RevOps at the admin."""
    client = Client()
    user = User.objects.create_superuser("root@ours.example", None, name="Root")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def rep_browser(sign_in: SignIn) -> Client:
    """A rep."""
    return sign_in(Role.REP)


def text(client: Client, path: str) -> str:
    """A page."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def heard(site: make.Site, type_: str, count: int, *, days: float = 0, topic: str = "") -> None:
    """This many signals received so long ago, counted."""
    now = timezone.now()
    at = now - timedelta(days=days)
    kind = SignalType.objects.get(slug=type_)
    Signal.objects.bulk_create(
        Signal(
            id=uuid7(at), source=site.source, type=kind, topic=topic, points=1, occurred_at=at, received_at=at,
            message_id=str(uuid7(at)),
        )
        for _ in range(count)
    )  # fmt: skip
    volumes.fill(since=now - timedelta(days=90), until=now)


def test_every_type_reads_as_a_sentence_with_its_volume(site: make.Site, rep_browser: Client) -> None:
    heard(site, "pricing-page", 3, days=1)
    page = text(rep_browser, "/catalogue/")
    assert "“pricing-page” is worth 10 points, half after 14 days" in page
    assert "it is a view of the page /pricing*." in page
    assert ">3 signals</a>" in page
    assert "New signal type" not in page


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("?q=webinar", "webinar", "pricing-page"),
        ("?q=/pricing", "pricing-page", "webinar"),
        ("?kind=third_party", "topic-surge", "webinar"),
        ("?state=retired", "app-opened", "webinar"),
        ("?state=all", "app-opened", "nothing-like-it"),
        ("?kind=x&state=x&sort=x", "webinar", "app-opened"),
        ("?warned=1", "zz-twin", "webinar"),
        ("?sort=-volume", "webinar", "app-opened"),
        ("?sort=-precision", "webinar", "app-opened"),
        ("?sort=-points", "webinar", "app-opened"),
    ],
)
def test_the_list_narrows_and_its_csv_with_it(
    site: make.Site, rep_browser: Client, query: str, shown: str, hidden: str
) -> None:
    definitions.put_signal_type(slug="app-opened", fields={"is_active": False})
    definitions.put_signal_type(
        slug="zz-twin",
        fields={
            "name": "twin",
            "kind": "product",
            "rules": [{"event": "webinar-registered"}, {"event": "T"}],
        },
    )
    definitions.put_signal_type(slug="webinar", fields={"name": "a webinar"})
    definitions.put_signal_type(slug="zz-twin", fields={"name": "twin"})
    page = text(rep_browser, f"/catalogue/{query}")
    answer = rep_browser.get(f"/catalogue/catalogue.csv{query}")
    lines = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert f'id="{shown}"' in page
    assert f'id="{hidden}"' not in page
    assert f"\n{shown}," in lines
    assert f"\n{hidden}," not in lines


def test_nothing_found_and_nothing_written_say_what_to_do(revops_browser: Client, db: None) -> None:
    assert "Write the first signal type" in text(revops_browser, "/catalogue/")
    assert "No signal type is like that" in text(revops_browser, "/catalogue/?q=zzz")


def test_most_signals_come_first(site: make.Site, rep_browser: Client) -> None:
    heard(site, "webinar", 2)
    page = text(rep_browser, "/catalogue/?sort=-volume")
    assert page.index('id="webinar"') < page.index('id="pricing-page"')


def test_a_rule_that_never_wins_is_shown_with_the_event_that_proves_it(
    site: make.Site, rep_browser: Client
) -> None:
    definitions.put_signal_type(
        slug="zz-demo", fields={"name": "Demo", "kind": "first_party", "rules": [{"event": "demo_requested"}]}
    )
    page = text(rep_browser, "/catalogue/")
    assert (
        "rule 1 of “demo-request” takes every event that it would, such as the event “demo requested”" in page
    )
    assert "No event can become one: none of its rules can win." in page


def test_a_dead_type_is_told_from_one_that_is_new(site: make.Site, rep_browser: Client) -> None:
    assert "Nothing has become one" not in text(rep_browser, "/catalogue/")
    SignalType.objects.update(created_at=timezone.now() - timedelta(days=60))
    heard(site, "pricing-page", 1, days=31)
    heard(site, "webinar", 1, days=2)
    page = text(rep_browser, "/catalogue/?warned=1")
    assert 'id="pricing-page"' in page
    assert 'id="webinar"' not in page
    assert 'id="topic-surge"' not in page  # no rules: it comes as records


def test_a_flood_is_measured_by_the_types_own_weeks(site: make.Site, rep_browser: Client) -> None:
    for week in range(1, 9):
        heard(site, "webinar", 5, days=7.5 * week)
    heard(site, "webinar", 60)
    assert "60 came in 7 days, where 5 are usual" in text(rep_browser, "/catalogue/types/webinar/")


def test_a_type_tells_its_rules_thresholds_and_newest_signals(site: make.Site, rep_browser: Client) -> None:
    heard(site, "pricing-page", 2)
    page = text(rep_browser, "/catalogue/types/pricing-page/")
    assert "A view of the page /pricing*" in page
    assert "three-pricing" in page
    assert 'href="/catalogue/sources/site/"' in page
    assert "not known yet" in page
    assert "data-chart" in page
    Signal.objects.update(account=accounts.account())
    assert "/feedback/" in text(rep_browser, "/catalogue/types/pricing-page/").partition("Worth it?")[2]
    assert rep_browser.get("/catalogue/types/none/").status_code == 404


def test_a_source_tells_its_weight_alerts_and_what_it_sends(site: make.Site, rep_browser: Client) -> None:
    heard(site, "webinar", 2)
    now = timezone.now()
    SourceAlert.objects.create(
        source=site.source, kind="silent", began_at=now, noticed_at=now, expected=83.2, seen=0, p=1e-9
    )
    page = text(rep_browser, "/catalogue/sources/site/")
    assert "It has fallen silent: no signal where 83 were to be expected." in page
    assert 'href="/catalogue/types/webinar/"' in page
    assert "Nobody owns it" in page
    assert "still so" in page
    assert "It has fallen silent" in text(rep_browser, "/catalogue/")
    assert rep_browser.get("/catalogue/sources/none/").status_code == 404


@pytest.mark.parametrize("path", ["/catalogue/", "/catalogue/types/webinar/", "/catalogue/sources/site/"])
def test_rows_do_not_add_queries(site: make.Site, rep_browser: Client, path: str) -> None:
    heard(site, "webinar", 2)

    def count() -> int:
        return budgets.queries_of(lambda: rep_browser.get(path))

    count()
    few = count()
    for number in range(8):
        slug = f"t{number}"
        rules = [{"event": f"Event {number}"}]
        definitions.put_signal_type(slug=slug, fields={"name": slug, "kind": "crm", "rules": rules})
        definitions.put_source(slug=slug, fields={"name": slug, "kind": "crm"})
        definitions.put_topic(name=slug)
        condition = {"count": {"types": ["webinar"], "at_least": number + 1, "days": 9}}
        definitions.put_threshold(
            slug=slug, fields={"name": slug, "condition": condition, "status": "active"}, by=None
        )
    heard(site, "webinar", 9, topic="a")
    assert count() == few


WRITES = (
    "/catalogue/new-type/", "/catalogue/types/webinar/edit/", "/catalogue/new-source/",
    "/catalogue/sources/site/edit/", "/catalogue/sources/site/key/", "/catalogue/topics/add/", "/catalogue/topics/1/",
)  # fmt: skip


@pytest.mark.parametrize("role", [Role.REP, Role.MARKETER, Role.EXECUTIVE, Role.INTEGRATION])
@pytest.mark.parametrize("path", WRITES)
def test_only_revops_writes(site: make.Site, sign_in: SignIn, role: Role, path: str) -> None:
    assert sign_in(role).post(path, {"name": "x"}).status_code == 403


TYPE = {
    "name": "Trial ended", "kind": "product", "points": "20", "confidence": "0.8", "half_life_days": "7",
    "recency_days": "14", "page_intent": "", "is_active": "on", "qualifying": "on",
}  # fmt: skip


def rules(*rows: tuple[str, str, str]) -> dict[str, list[str]]:
    """Rows of the rules as a form sends them."""
    return {name: [row[place] for row in rows] for place, name in enumerate(("event", "path", "properties"))}


def test_a_type_is_written_with_its_rules(site: make.Site, revops_browser: Client) -> None:
    rows = rules(
        ("Trial Ended", "", 'plan = pro, "3", 3, true\nseats=10'), ("", "", ""), ("page", "/bye*", "")
    )
    answer = revops_browser.post("/catalogue/new-type/", TYPE | rows | {"do": "save"})
    assert answer.status_code == 302, answer.content.decode()
    row = SignalType.objects.get(slug="trial-ended")
    assert row.rules == [
        {"event": "Trial Ended", "property": {"plan": ["pro", "3", 3, True], "seats": 10}},
        {"event": "page", "path": "/bye*"},
    ]
    assert (row.points, row.qualifying, row.hand_raise) == (20.0, True, False)
    page = text(revops_browser, "/catalogue/types/trial-ended/edit/")
    assert "plan = pro, &quot;3&quot;, 3, true\nseats = 10</textarea>" in page
    again = revops_browser.post(
        "/catalogue/types/trial-ended/edit/", TYPE | rules(("X", "", "")) | {"name": "Ended", "is_active": ""}
    )
    assert again.status_code == 302
    row.refresh_from_db()
    assert (row.name, row.slug, row.rules, row.is_active) == ("Ended", "trial-ended", [{"event": "X"}], False)


@pytest.mark.parametrize(
    ("do", "rows", "shown"),
    [
        ("add", [("A", "", "")], 2),
        ("remove-0", [("A", "", ""), ("B", "", "")], 1),
        ("remove-9", [("A", "", "")], 1),
        ("remove-0", [("A", "", "")], 1),
    ],
)
def test_rows_come_and_go_without_javascript(
    site: make.Site, revops_browser: Client, do: str, rows: list[tuple[str, str, str]], shown: int
) -> None:
    answer = revops_browser.post("/catalogue/new-type/", {"name": "", "do": do} | rules(*rows))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count('name="event"') == shown
    assert "Some fields need another look" not in page
    assert not SignalType.objects.filter(slug="unnamed").exists()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("*", "", ""), "must name more than"),
        (("", "pricing", ""), "must begin with"),
        (("A", "", "plan"), "must read as name = value"),
        (("A", "", "plan ="), "must read as name = value"),
    ],
)
def test_a_wrong_rule_is_told_at_its_row_and_nothing_is_written(
    site: make.Site, revops_browser: Client, row: tuple[str, str, str], words: str
) -> None:
    answer = revops_browser.post("/catalogue/new-type/", TYPE | rules(("Good", "", ""), row) | {"do": "save"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert words in page
    assert page.index("Rule 2") < page.index(words)
    assert not SignalType.objects.filter(slug="trial-ended").exists()


@pytest.mark.parametrize("name", ["points", "confidence", "half_life_days", "recency_days", "name", "kind"])
def test_a_wrong_field_is_told(site: make.Site, revops_browser: Client, name: str) -> None:
    assert (
        revops_browser.post(
            "/catalogue/new-type/", TYPE | {name: "-1" if name not in {"name", "kind"} else ""}
        ).status_code
        == 400
    )


def test_two_types_of_one_name_get_two_slugs(site: make.Site, revops_browser: Client) -> None:
    for _ in range(2):
        assert revops_browser.post("/catalogue/new-type/", TYPE | rules(("A", "", ""))).status_code == 302
    assert SignalType.objects.filter(name="Trial ended").count() == 2


def test_a_key_is_shown_once_and_the_old_one_is_refused(site: make.Site, revops_browser: Client) -> None:
    fields = {"name": "Bombora", "kind": "third_party", "weight": "0.7", "is_active": "on"}
    made = revops_browser.post("/catalogue/new-source/", fields)
    source = Source.objects.get(slug="bombora")
    key = keys_in(made.content.decode())
    found = ingest.source_of(key)
    assert found is not None
    assert found.pk == source.pk
    assert "no-store" in made.headers["Cache-Control"]
    assert "wk_" not in text(revops_browser, "/catalogue/sources/bombora/")
    assert "is refused from the moment" in text(revops_browser, "/catalogue/sources/bombora/key/")
    newer = keys_in(revops_browser.post("/catalogue/sources/bombora/key/").content.decode())
    assert ingest.source_of(key) is None
    assert ingest.source_of(newer) is not None
    changed = revops_browser.post(
        "/catalogue/sources/bombora/edit/", fields | {"weight": "0", "is_active": ""}
    )
    assert changed.status_code == 302
    source.refresh_from_db()
    assert (source.weight, source.is_active) == (0.0, False)
    assert (
        revops_browser.post("/catalogue/sources/bombora/edit/", fields | {"weight": "11"}).status_code == 400
    )


def keys_in(page: str) -> str:
    """The write key that a page shows."""
    return page.partition('class="write-key">')[2].partition("<")[0]


def test_topics_are_followed_retired_and_told_from_those_only_heard(
    site: make.Site, revops_browser: Client
) -> None:
    heard(site, "topic-surge", 4, topic="Sales  Engagement")
    heard(site, "topic-surge", 1, topic="CRM")
    RejectedEvent.objects.create(
        source=site.source, code=RejectedEvent.Code.UNTRACKED, reason="Nobody follows it.", excerpt="Chip design",
        dedup_key="u", received_at=timezone.now(), times=7,
    )  # fmt: skip
    page = text(revops_browser, "/catalogue/")
    assert "3 topics heard in 13 weeks and not followed" in page
    assert page.index("Chip design") < page.index(">Sales  Engagement</th>") < page.index(">CRM</th>")
    revops_browser.post("/catalogue/topics/add/", {"name": "sales engagement"})
    row = Topic.objects.get()
    assert (row.name, row.key, row.is_active) == ("sales engagement", "sales engagement", True)
    page = text(revops_browser, "/catalogue/")
    assert "2 topics heard" in page
    assert "One topic is followed; five to ten are usual." not in page  # nobody sends third-party intent here
    definitions.put_source(slug="intent", fields={"name": "Intent", "kind": "third_party"})
    assert "One topic is followed; five to ten are usual." in text(revops_browser, "/catalogue/")
    revops_browser.post(f"/catalogue/topics/{row.pk}/", {"do": "retire"})
    row.refresh_from_db()
    assert not row.is_active
    revops_browser.post("/catalogue/topics/add/", {"name": "  Sales ENGAGEMENT "})
    row.refresh_from_db()
    assert row.is_active
    assert Topic.objects.count() == 1
    for number in range(10):
        definitions.put_topic(name=f"Topic {number}")
    assert "11 topics are followed; five to ten can be told apart" in text(revops_browser, "/catalogue/")
    answer = revops_browser.post("/catalogue/topics/add/", {"name": "  "}, follow=True)
    assert "as your provider calls it" in answer.content.decode()
    assert revops_browser.get("/catalogue/topics/add/").status_code == 405


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"weight": 0.0}, "Its weight is 0"),
        ({}, "Nobody owns it"),
        ({}, "its write key is not in use"),
    ],
)
def test_a_source_that_cannot_be_right_is_warned_of(
    rep_browser: Client, db: None, fields: dict[str, float], words: str
) -> None:
    definitions.put_source(slug="lone", fields={"name": "Lone", "kind": "first_party"} | fields)
    Source.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert words in text(rep_browser, "/catalogue/")


def test_a_type_names_the_plays_that_its_thresholds_feed(rep_browser: Client, db: None) -> None:
    now = timezone.now()
    install_starter_catalogue(owner=None, now=now)
    install_starter_plays(owner=None, now=now, activate=True)
    page = text(rep_browser, "/catalogue/types/demo-request/")
    plays = set(
        Play.objects.filter(current__trigger__crossing__contains="hand-raise").values_list("pk", "name")
    )
    assert plays
    for pk, name in plays:
        assert f'href="/plays/{pk}/">{name}</a>' in page


@pytest.mark.parametrize(
    ("model", "writes"), [("topic", True), ("signalvolume", False), ("sourcealert", False)]
)
def test_revops_sees_them_in_the_administration(
    site: make.Site, desk: Client, model: str, writes: bool
) -> None:
    heard(site, "topic-surge", 1, topic="CRM")
    assert desk.get(f"/admin/signals/{model}/").status_code == 200
    assert desk.get(f"/admin/signals/{model}/add/").status_code == (200 if writes else 403)


def test_the_administration_writes_topics_by_the_service(desk: Client, db: None) -> None:
    assert (
        desk.post("/admin/signals/topic/add/", {"name": "CRM  tools", "is_active": "on"}).status_code == 302
    )
    row = Topic.objects.get()
    assert (row.name, row.key) == ("CRM tools", "crm tools")
    again = desk.post("/admin/signals/topic/add/", {"name": "crm TOOLS"})
    assert "There is this topic already" in again.content.decode()
    change = f"/admin/signals/topic/{row.pk}/change/"
    assert desk.post(change, {"name": "Sales tools"}).status_code == 302
    row.refresh_from_db()
    assert (row.key, row.is_active) == ("sales tools", False)

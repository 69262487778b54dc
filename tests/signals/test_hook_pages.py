"""The pages about a hook: a mapping tried on an example and saved, the secret shown when asked for, what has come."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from abmops.lib.choices import Role
from signals.domain import mapping as mappings
from signals.models import HookCall, Signal, Source
from signals.services import hooks
from tests.accounts import make as accounts
from tests.signals import hooking, make

pytestmark = pytest.mark.django_db

PAGE = "/catalogue/sources/vendor/mapping/"


@pytest.fixture
def vendor(db: None) -> make.Site:
    """A source without a mapping."""
    return hooking.vendor()


def signed_in(role: Role) -> Client:
    """A browser of somebody of a role."""
    client = Client()
    client.force_login(accounts.user(role))
    return client


@pytest.fixture
def revops(db: None) -> Client:
    """A browser of RevOps."""
    return signed_in(Role.REVOPS)


def form_of(preset: mappings.Preset, **more: str) -> dict[str, str]:
    """The form as the page of a preset would send it, nothing changed."""
    text = json.dumps(dict(preset.mapping), indent=2, ensure_ascii=False)
    lines = mappings.lines_of(preset.mapping)
    fields = {f"path-{one.name}": one.paths for one in lines} | {
        f"always-{one.name}": one.constant for one in lines
    }
    followed = {"followed": "on"} if preset.mapping.get("followed_topics_only") else {}
    return {
        "mapping": text,
        "before": text.replace("\n", "\r\n"),
        "items": str(preset.mapping.get("items", "")),
        "example": preset.example,
        **fields,
        **followed,
        **more,
    }


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize(
    "path", [PAGE, f"{PAGE}calls.csv", "/catalogue/sources/vendor/signing/", "/signals/upload/"]
)
def test_only_revops_looks_into_a_hook(vendor: make.Site, role: Role, path: str) -> None:
    answer = signed_in(role).get(path)
    assert answer.status_code == (
        (302 if path == "/signals/upload/" else 200) if role is Role.REVOPS else 403
    )
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize("preset", mappings.PRESETS, ids=lambda one: one.key)
def test_a_preset_is_shown_with_what_its_example_becomes_and_is_saved_as_it_is(
    vendor: make.Site, revops: Client, preset: mappings.Preset
) -> None:
    hooking.follow("Account-based marketing")
    shown = revops.get(PAGE, {"preset": preset.key}).content.decode()
    assert "casara.example" in shown
    assert "What the example becomes" in shown
    assert "cannot be used" not in shown
    tried = revops.post(PAGE, form_of(preset, action="try"))
    assert tried.status_code == 200
    assert "Tried, not saved yet." in tried.content.decode()
    assert not Source.objects.get(slug="vendor").mapping
    saved = revops.post(PAGE, form_of(preset, action="save"))
    assert saved.status_code == 302
    assert Source.objects.get(slug="vendor").mapping == json.loads(json.dumps(dict(preset.mapping)))
    assert not Signal.objects.exists()
    assert not HookCall.objects.exists()


def test_the_table_changes_what_it_shows_and_keeps_what_it_does_not(
    vendor: make.Site, revops: Client
) -> None:
    preset = next(one for one in mappings.PRESETS if one.key == "buyer-intent")
    form = form_of(preset, action="save") | {
        "path-type": "kind",
        "path-account_domain": "firm.web, firm.site",
        "always-topic": "Reviews",
        "path-message_id": "",
        "items": "data[]",
    }
    assert revops.post(PAGE, form).status_code == 302
    record = Source.objects.get(slug="vendor").mapping["record"]
    assert record["type"]["path"] == "kind"
    assert record["type"]["table"]["compare"] == "review-comparison"
    assert record["account_domain"] == {"path": ["firm.web", "firm.site"]}
    assert record["topic"] == {"path": ["category", "product.category"], "otherwise": "Reviews"}
    assert record["occurred_at"]["format"] == ["unix"]
    assert "message_id" not in record
    assert Source.objects.get(slug="vendor").mapping["items"] == "data[]"


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("{", "not valid JSON"),
        ("[]", "one JSON object"),
        ('{"record": {"type": {"value": "gone"}, "account_domain": "domain"}}', "has no signal type"),
        ('{"record": {"type": {"value": "topic-surge"}}}', "whose signals"),
        ('{"items": "a[]", "record": {"type": "type", "topic": 5, "account_domain": "x"}}', "/record/topic"),
        ("[" * 5000, "not valid JSON"),
    ],
)
def test_a_wrong_mapping_is_told_in_sentences_and_not_saved(
    vendor: make.Site, revops: Client, mapping: str, words: str
) -> None:
    answer = revops.post(PAGE, {"mapping": mapping, "before": "{}", "example": "[]", "action": "save"})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Source.objects.get(slug="vendor").mapping


def test_the_secret_is_shown_when_asked_for_and_changed(
    vendor: make.Site, revops: Client, moment: datetime
) -> None:
    address = "/catalogue/sources/vendor/signing/"
    first = hooks.secret_of(vendor.source)
    assert first not in revops.get(address).content.decode()
    shown = revops.post(address)
    assert first in shown.content.decode()
    assert "community-mention" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert revops.get(f"{address}rotate/").status_code == 405
    assert revops.post(f"{address}rotate/").status_code == 302
    vendor.source.refresh_from_db()
    assert hooks.secret_of(vendor.source) != first
    assert first in hooks.secrets_in_force(vendor.source, now=moment)
    for role in (Role.MARKETER, Role.REP, Role.EXECUTIVE):
        assert signed_in(role).post(f"{address}rotate/").status_code == 403
        assert signed_in(role).post(address).status_code == 403


def calls(site: make.Site, moment: datetime, count: int) -> None:
    for number in range(count):
        body: Any = [
            {"type": "topic-surge", "account_domain": f"a{number}.example", "occurred_at": moment.isoformat()}
        ]
        hooking.signed(site, body, moment, f"msg_{number}")


def test_what_has_come_is_listed_narrowed_and_exported_in_as_many_queries_whatever_came(
    vendor: make.Site, revops: Client, moment: datetime
) -> None:
    calls(vendor, moment, 1)
    revops.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        revops.get(PAGE)
    calls(vendor, moment, 12)
    hooking.post(b"{", hooking.basic(vendor.key))
    with CaptureQueriesContext(connection) as many:
        shown = revops.get(PAGE).content.decode()
    assert len(many) <= len(few)
    assert "not valid JSON" in shown
    assert "Nothing has come yet" not in shown
    narrowed = revops.get(PAGE, {"state": "unreadable"}).content.decode()
    assert narrowed.count('data-label="Refused"') == 1
    rows = b"".join(revops.get(f"{PAGE}calls.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert len(rows.strip().splitlines()) == 14
    assert hooks.forget_calls(now=moment + timedelta(days=89)) == 0
    assert hooks.forget_calls(now=moment + timedelta(days=91)) == 13


def test_a_file_of_signals_is_brought_where_all_files_are(revops: Client) -> None:
    answer = revops.get("/signals/upload/")
    assert answer["Location"] == "/imports/new/?kind=signals"
    page = revops.get(answer["Location"]).content.decode()
    assert '<option value="signals" selected>Signals</option>' in page

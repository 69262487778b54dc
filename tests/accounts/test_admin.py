"""The admin: every model has a page, no page asks the database once a row, and history is only looked at."""

from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.domain.records import (
    AccountRecord,
    ContactRecord,
    ListChangeRecord,
    OpportunityRecord,
    TouchRecord,
)
from accounts.models import Account, AccountDomain, ApiKey, User
from accounts.services.account import upsert_accounts
from accounts.services.apikey import create_key
from accounts.services.contact import upsert_contacts
from accounts.services.membership import change_list
from accounts.services.opportunity import upsert_opportunities
from accounts.services.touch import upsert_touches
from tests.accounts import make

MODELS = list(apps.get_app_config("accounts").get_models())
# A sub-row of its parent, and nowhere else.
INLINE = {
    "AccountDomain",
    "AccountExternalId",
    "ContactExternalId",
    "ContactOptOut",
    "OpportunityAmount",
    "OpportunityStage",
}
READ_ONLY = {
    "Opportunity",
    "Touch",
    "ListMembership",
    "AccountEvent",
    "IcpModel",
    "ApiKey",
    "IdempotentRequest",
    "AccountAlias",
    "AccountFigures",
    "Change",
    "ChangeSet",
    "DuplicatePair",
    "Erasure",
    "GapAssignment",
    "IcpProposal",
    "Import",
    "ImportFile",
    "ImportRow",
    "ListRefresh",
    "Merge",
    "Nomination",
    "Quarantine",
    "SidecarFinding",
    "SidecarReading",
    "Suppression",
    "TierProposal",
}


def fill(count: int, *, now: datetime) -> None:
    """So many of everything."""
    owner = make.user(email="owner@ours.example")
    names = [f"company-{number}.example" for number in range(count)]
    upsert_accounts(
        records={
            n: AccountRecord(domain=name, owner=owner.email, country="DE") for n, name in enumerate(names)
        },
        now=now,
    )
    upsert_contacts(
        records={n: ContactRecord(email=f"a@{name}", name="A") for n, name in enumerate(names)}, now=now
    )
    day = now - timedelta(days=1)
    upsert_opportunities(
        records={
            n: OpportunityRecord(external_id=name, account_domain=name, stage="open", owner=owner.email)
            for n, name in enumerate(names)
        },
        now=now,
    )
    upsert_touches(
        records={
            n: TouchRecord(
                external_id=name,
                account_domain=name,
                contact_email=f"a@{name}",
                side="sales",
                channel="meeting",
                occurred_at=day,
                person=owner.email,
            )
            for n, name in enumerate(names)
        },
        now=now,
    )
    change_list(
        records={
            n: ListChangeRecord(account_domain=name, tier=1, at=day, side="revops", reason="fits")
            for n, name in enumerate(names)
        },
        by=owner,
        now=now,
    )
    for number in range(count):
        create_key(name=f"key {number}", role=Role.INTEGRATION, user=owner, now=now)


def page(model: type[models.Model], name: str, *args: object) -> str:
    """The address of an admin page."""
    return reverse(f"admin:accounts_{model.__name__.lower()}_{name}", args=args)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_model_is_in_the_admin(model: type[models.Model]) -> None:
    assert (model.__name__ in INLINE) != (model in admin.site._registry)


@pytest.mark.parametrize(
    "model", [model for model in MODELS if model.__name__ not in INLINE], ids=lambda m: m.__name__
)
def test_a_list_opens_searches_and_asks_the_same_however_long_it_is(
    revops_browser: Client, model: type[models.Model]
) -> None:
    counts = []
    revops_browser.get(page(model, "changelist"))  # the session's own first steps
    for size in (3, 12):
        fill(size, now=timezone.now())
        with CaptureQueriesContext(connection) as asked:
            response = revops_browser.get(page(model, "changelist"))
        assert response.status_code == 200
        counts.append(len(asked))
        found = revops_browser.get(page(model, "changelist"), {"q": "company"})
        assert found.status_code == 200
        make_room()
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def make_room() -> None:
    """Forget what was filled in."""
    Account.objects.all().delete()
    ApiKey.objects.all().delete()
    User.objects.filter(email="owner@ours.example").delete()


@pytest.mark.parametrize("name", sorted(READ_ONLY))
def test_history_and_keys_cannot_be_written(revops_browser: Client, name: str) -> None:
    model = apps.get_model("accounts", name)
    assert revops_browser.get(page(model, "add")).status_code == 403


def test_a_key_shows_no_secret_and_can_be_ended(revops_browser: Client) -> None:
    key, text = create_key(name="crm", role=Role.INTEGRATION, now=timezone.now())
    shown = revops_browser.get(page(ApiKey, "change", key.pk)).content.decode()
    assert key.public_id in shown
    assert key.secret_hash not in shown
    assert text.split("_")[3] not in shown
    revops_browser.post(page(ApiKey, "changelist"), {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_an_account_saved_by_hand_keeps_its_domain_and_no_circle(revops_browser: Client) -> None:
    top = make.account("Top", "top.example")
    rows = ("domains", "external_ids", "memberships")
    form = {
        "name": "Leaf",
        "domain": "https://www.leaf.example/",
        "parent": top.pk,
        "lifecycle": "prospect",
        "phase": "awareness",
        **{f"{name}-{part}_FORMS": 0 for name in rows for part in ("TOTAL", "INITIAL")},
    }
    assert revops_browser.post(page(Account, "add"), form).status_code == 302
    leaf = Account.objects.get(name="Leaf")
    assert AccountDomain.objects.get(domain="leaf.example").account == leaf
    circle = {**form, "name": "Top", "domain": "top.example", "parent": leaf.pk}
    answer = revops_browser.post(page(Account, "change", top.pk), circle)
    assert "its own ancestor" in answer.content.decode()


def test_only_a_superuser_makes_a_superuser(revops_browser: Client) -> None:
    person = make.user(Role.REP)
    shown = revops_browser.get(page(User, "change", person.pk)).content.decode()
    assert 'name="is_superuser"' not in shown
    assert 'name="role"' in shown


@pytest.mark.parametrize("role", [role for role in Role if role != Role.REVOPS])
def test_other_roles_see_nothing_even_as_staff(db: None, role: Role) -> None:
    client = Client()
    client.force_login(make.user(role, is_staff=True), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(page(Account, "changelist")).status_code == 403


def test_a_person_is_added_with_their_role_and_its_group(revops_browser: Client) -> None:
    form = {
        "email": "New@ours.example", "name": "New", "role": "marketer", "time_zone": "Europe/Berlin",
        "usable_password": "true", "password1": "correct horse battery", "password2": "correct horse battery",
    }  # fmt: skip
    assert revops_browser.post(page(User, "add"), form).status_code == 302
    person = User.objects.get(email__iexact="new@ours.example")
    assert list(person.groups.values_list("name", flat=True)) == ["marketer"]

"""Committees: the map of one account, the gaps over the list, a contact's pages, and erasing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, Contact, Erasure, ListMembership, Touch, User
from tests.accounts import make
from tests.web import world
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


def listed(name: str, tier: int, *, owner: User | None = None) -> Account:
    """An account on the list."""
    row = make.account(name, f"{name.lower()}.example", owner=owner)
    ListMembership.objects.create(
        account=row, tier=tier, valid_from=timezone.now() - timedelta(days=9), side="revops", reason="Fits."
    )
    row.refresh_from_db()
    return row


def test_the_map_shows_parts_gaps_guesses_engagement_and_the_chart(as_rep: Client, rep: User) -> None:
    acme = listed("Acme", 1, owner=rep)
    boss = make.contact(acme, "boss@acme.example", name="Ida Boss", role="champion", influence=5)
    make.contact(acme, "ann@acme.example", name="Ann Below", title="Solutions Architect", reports_to=boss)
    make.contact(
        acme, "no@acme.example", name="Nils No", do_not_contact=True, do_not_contact_at=timezone.now()
    )
    Touch.objects.create(
        account=acme,
        contact=boss,
        side="sales",
        channel="call",
        occurred_at=timezone.now() - timedelta(days=3),
    )
    page = as_rep.get(reverse("accounts:committee", args=[acme.pk])).content.decode()
    assert "3 known, 3 to 5 wanted" in page
    assert "1 engaged in 90 days" in page
    assert "By their title it might be" in page
    assert "Ann Below" in page
    assert '<svg class="orgchart"' in page
    assert page.count('class="box') == 3
    assert page.count('class="edge"') == 1
    assert "do not contact" in page
    assert "The chart as text" in page


def test_the_map_costs_the_same_with_more_people(as_rep: Client, rep: User) -> None:
    acme = listed("Acme", 1, owner=rep)
    url = reverse("accounts:committee", args=[acme.pk])
    make.contact(acme, "first@acme.example", reports_to=make.contact(acme, "boss@acme.example"))
    as_rep.get(url)
    with CaptureQueriesContext(connection) as few:
        as_rep.get(url)
    for number in range(12):
        one = make.contact(acme, f"p{number}@acme.example", name=f"P {number}", role="end_user")
        one.opt_outs.create(channel="email", at=timezone.now(), source="asked")
    with CaptureQueriesContext(connection) as many:
        as_rep.get(url)
    assert len(many) == len(few)


def test_the_most_valuable_gap_comes_first_and_filters_narrow(as_rep: Client) -> None:
    low, high, full = listed("Low", 3), listed("High", 1), listed("Full", 2)
    for number, role in enumerate(("economic_buyer", "technical_evaluator", "champion", "end_user")):
        make.contact(full, f"f{number}@full.example", role=role)
    make.contact(low, "one@low.example", role="champion")
    make.account("Off", "off.example")
    url = reverse("committees:list")
    text = as_rep.get(url).content.decode()
    assert text.index(">High<") < text.index(">Full<") < text.index(">Low<")
    assert "Off" not in text.split("<tbody>")[1]
    assert ">Full<" not in as_rep.get(url, {"which": "gaps"}).content.decode()
    assert ">Low<" not in as_rep.get(url, {"role": "champion"}).content.decode()
    assert ">High<" not in as_rep.get(url, {"tier": "3"}).content.decode()
    assert ">Full<" in as_rep.get(url, {"sort": "-known"}).content.decode()
    assert "Take the filters away" in as_rep.get(url, {"q": "nothing"}).content.decode()
    file = b"".join(as_rep.get(reverse("committees:csv"), {"q": "low"})).decode()
    assert "Low,low.example,3" in file
    assert high.name in text


def test_the_list_costs_the_same_with_more_accounts(as_rep: Client, rep: User) -> None:
    now = timezone.now()
    world.accounts(3, owner=rep, now=now)
    url = reverse("committees:list")
    as_rep.get(url)
    with CaptureQueriesContext(connection) as few:
        as_rep.get(url)
    world.accounts(12, owner=rep, now=now, start=3)
    with CaptureQueriesContext(connection) as many:
        page = as_rep.get(url).content.decode()
    assert len(many) == len(few)
    assert page.count("data-row") == 15
    assert "15 accounts" in page


def test_a_contact_is_changed_moved_and_never_made_a_circle(as_rep: Client, rep: User) -> None:
    acme, other = listed("Acme", 1, owner=rep), listed("Other", 2, owner=rep)
    boss = make.contact(acme, "boss@acme.example", name="Ida Boss")
    ann = make.contact(acme, "ann@acme.example", name="Ann", reports_to=boss)
    url = reverse("accounts:contact", args=[boss.pk])
    said = {"name": "Ida Boss", "email": "boss@acme.example", "account": "acme.example", "reports_to": ann.pk}
    assert "that is a circle" in as_rep.post(url, said).content.decode()
    taken = as_rep.post(url, said | {"reports_to": "", "email": "ANN@acme.example"})
    assert taken.status_code == 422
    assert "is the address of Ann" in taken.content.decode()
    moved = as_rep.post(
        url, said | {"reports_to": "", "account": "Other", "role": "champion", "influence": "4"}
    )
    assert moved.status_code == 302
    boss.refresh_from_db()
    ann.refresh_from_db()
    assert (boss.account, boss.role, boss.influence, ann.reports_to) == (other, "champion", 4, None)


def test_nos_are_said_and_taken_back_on_the_contacts_page(as_rep: Client, rep: User, sign_in: SignIn) -> None:
    jane = make.contact(listed("Acme", 1, owner=rep))
    url = reverse("accounts:contact_no", args=[jane.pk])
    as_rep.post(url, {"do": "out", "channel": "email", "why": "Preference centre"})
    as_rep.post(url, {"do": "stop", "why": "Asked on the phone"})
    page = as_rep.get(reverse("accounts:contact", args=[jane.pk])).content.decode()
    assert "Preference centre" in page
    assert "Asked on the phone" in page
    sign_in(Role.MARKETER).post(url, {"do": "allow", "why": "A campaign"})
    assert not Contact.objects.contactable().exists()
    as_rep.post(url, {"do": "allow", "why": "Asked for a call"})
    as_rep.post(url, {"do": "in", "channel": "email", "why": "Signed up again"})
    assert Contact.objects.contactable("email").get() == jane
    assert as_rep.post(url, {"do": "out", "channel": "fax", "why": "x"}).status_code == 302


def test_another_reps_contact_is_not_theirs_to_change(as_rep: Client) -> None:
    jane = make.contact(listed("Acme", 1))
    assert as_rep.get(reverse("accounts:contact", args=[jane.pk])).status_code == 403
    assert (
        as_rep.post(reverse("accounts:contact_no", args=[jane.pk]), {"do": "stop", "why": "x"}).status_code
        == 403
    )


def test_erasing_asks_first_and_only_revops_may(as_rep: Client, sign_in: SignIn) -> None:
    jane = make.contact(listed("Acme", 1), name="Jane Doe")
    url = reverse("accounts:contact_erase", args=[jane.pk])
    assert as_rep.get(url).status_code == 403
    revops = sign_in(Role.REVOPS)
    assert "Erase Jane Doe?" in revops.get(url).content.decode()
    assert revops.post(url, {"request": ""}).status_code == 422
    assert revops.post(url, {"request": "Letter of 3 May"}).status_code == 302
    listing = revops.get(reverse("committees:erasures")).content.decode()
    assert "Letter of 3 May" in listing
    assert "Jane" not in listing
    assert Erasure.objects.get().contact_id == jane.pk
    assert revops.get(url).status_code == 404


def test_a_touch_that_went_to_somebody_who_said_no_is_kept_and_warned_of(as_rep: Client, rep: User) -> None:
    acme = listed("Acme", 1, owner=rep)
    jane = make.contact(acme, name="Jane Doe")
    jane.opt_outs.create(channel="email", at=timezone.now(), source="asked")
    url = reverse("accounts:touch", args=[acme.pk])
    assert "Jane Doe (no email)" in as_rep.get(url).content.decode()
    said = {
        "channel": "email",
        "contact": jane.pk,
        "direction": "outbound",
        "side": "sales",
        "occurred_at": (timezone.localtime() - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M"),
    }
    page = as_rep.post(url, said, follow=True).content.decode()
    assert "Jane Doe said no to email" in page
    assert Touch.objects.filter(contact=jane).count() == 1
    inbound = as_rep.post(url, said | {"direction": "inbound"}, follow=True).content.decode()
    assert "said no to email." not in inbound

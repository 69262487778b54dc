"""A contact's no is taken back by few, is written with its reason, and is honoured by the one door."""

from datetime import UTC, datetime

import pytest

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict, Refused
from accounts.models import ChangeSet, Contact
from accounts.services.contact import lift_opt_out, mark_do_not_contact, opt_out
from tests.accounts import make

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_the_one_door_lets_through_who_said_no_to_nothing_of_it() -> None:
    acme = make.account()
    free, silent = (
        make.contact(acme, "a@acme.example"),
        make.contact(acme, "b@acme.example", do_not_contact=True),
    )
    no_mail = make.contact(acme, "c@acme.example")
    gone = make.contact(acme, None, name="Erased person", do_not_contact=True, erased_at=NOW)  # type: ignore[arg-type]
    opt_out(contact=no_mail, channel="email", source="preference centre", now=NOW)
    assert set(Contact.objects.contactable()) == {free, no_mail}
    assert set(Contact.objects.contactable("email")) == {free}
    assert set(Contact.objects.contactable("call")) == {free, no_mail}
    said = {one.pk: one.refuses("email") for one in (free, silent, no_mail, gone)}
    assert said == {
        free.pk: "",
        silent.pk: "must not be contacted",
        no_mail.pk: "said no to email",
        gone.pk: "was erased on request",
    }


@pytest.mark.parametrize(
    ("role", "owns", "may"),
    [
        pytest.param(Role.REVOPS, False, True, id="RevOps"),
        pytest.param(Role.REP, True, True, id="the owner"),
        pytest.param(Role.REP, False, False, id="another rep"),
        pytest.param(Role.MARKETER, False, False, id="a marketer"),
    ],
)
def test_a_no_is_taken_back_by_revops_and_the_owner_with_a_reason(role: Role, owns: bool, may: bool) -> None:
    person = make.user(role)
    contact = make.contact(make.account(owner=person if owns else None))
    mark_do_not_contact(contact=contact, is_on=True, source="asked", by=person, now=NOW)
    opt_out(contact=contact, channel="email", source="asked", now=NOW)
    if may:
        mark_do_not_contact(contact=contact, is_on=False, source="Asked for a call", by=person, now=NOW)
        lift_opt_out(contact=contact, channel="email", reason="Signed up again", by=person, now=NOW)
        assert Contact.objects.contactable("email").get() == contact
        reasons = set(ChangeSet.objects.filter(by=person).values_list("reason", flat=True))
        assert {"Asked for a call", "Signed up again"} <= reasons
    else:
        with pytest.raises(Refused, match="Only RevOps"):
            mark_do_not_contact(contact=contact, is_on=False, source="Asked", by=person, now=NOW)
        with pytest.raises(Refused, match="Only RevOps"):
            lift_opt_out(contact=contact, channel="email", reason="Asked", by=person, now=NOW)
        assert not Contact.objects.contactable().exists()


def test_what_is_not_there_is_not_taken_back() -> None:
    contact = make.contact(make.account())
    with pytest.raises(Conflict, match="no such opt-out"):
        lift_opt_out(contact=contact, channel="call", reason="Asked", by=make.user(), now=NOW)
    with pytest.raises(Refused, match="why they may"):
        lift_opt_out(contact=contact, channel="call", reason=" ", by=make.user(), now=NOW)

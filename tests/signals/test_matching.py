"""Whose signal it is: known at once, or later, and never because of a mailbox that anybody can have."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, Contact
from accounts.services import resolving
from signals.models import AccountState, Crossing, Signal, SignalKey, UnmatchedSignal, UnnamedSignal
from signals.services import detect
from signals.services.detect import keys
from tests.accounts import make as accounts
from tests.api.caller import Caller
from tests.signals import make
from tests.signals.test_doors import BATCH, basic, send

pytestmark = pytest.mark.django_db


def deliver(site: make.Site, *events: Mapping[str, Any]) -> None:
    """One call, worked off."""
    assert send(BATCH, {"batch": list(events)}, basic(site.key)).json() == {"success": True}
    work.drain_all()


def owners() -> list[Account | None]:
    """The accounts of all signals, oldest message first."""
    return [signal.account for signal in Signal.objects.order_by("message_id")]


def identify(message_id: str, **fields: Any) -> dict[str, Any]:
    """Somebody says who u1 is."""
    return {"type": "identify", "messageId": message_id, "userId": "u1"} | fields


def group(message_id: str, group_id: str, **fields: Any) -> dict[str, Any]:
    """Somebody says where u1 works."""
    return {"type": "group", "messageId": message_id, "userId": "u1", "groupId": group_id} | fields


UNKNOWN: dict[str, Any] = {"context": {"page": {"path": "/pricing"}}}
ACME: dict[str, Any] = {"email": "ann@acme.example"}

WAYS: dict[str, dict[str, Any]] = {
    "groupId of an external id": {"groupId": "A-1"},
    "groupId of a domain": {"groupId": "www.acme.example"},
    "context.groupId": {"context": UNKNOWN["context"] | {"groupId": "A-1"}},
    "the traits' e-mail": {"context": UNKNOWN["context"] | {"traits": ACME}},
    "an e-mail of a known contact elsewhere": {
        "context": UNKNOWN["context"] | {"traits": {"email": "jane@gmail.com"}}
    },
    "company.domain": {"context": UNKNOWN["context"] | {"traits": {"company": {"domain": "acme.example"}}}},
    "website": {"context": UNKNOWN["context"] | {"traits": {"website": "https://www.acme.example/"}}},
}


@pytest.mark.parametrize("way", WAYS)
def test_the_event_itself_says_whose_it_is(site: make.Site, way: str) -> None:
    acme = accounts.account(external_id="A-1")
    accounts.contact(acme, "jane@gmail.com")
    deliver(site, make.page("m1", **UNKNOWN | WAYS[way]))
    assert owners() == [acme]


SAYINGS: dict[str, dict[str, Any]] = {
    "identify with an e-mail": identify("s1", traits=ACME),
    "identify with a company": identify("s1", traits={"company": {"domain": "acme.example"}}),
    "group by domain": group("s1", "acme.example"),
    "group by external id": group("s1", "A-1"),
    "group by its website": group("s1", "G-77", traits={"website": "https://acme.example"}),
}


@pytest.mark.parametrize("order", ["before", "after", "together", "together, the signal first"])
@pytest.mark.parametrize("saying", SAYINGS)
def test_what_was_said_of_a_user_holds_for_all_their_signals(
    site: make.Site, saying: str, order: str
) -> None:
    acme = accounts.account(external_id="A-1")
    said, signal = SAYINGS[saying], make.page("m1", **UNKNOWN)
    calls = {
        "before": [[said], [signal]],
        "after": [[signal], [said]],
        "together": [[said, signal]],
        "together, the signal first": [[signal, said]],
    }
    for events in calls[order]:
        deliver(site, *events)
    assert owners() == [acme]
    assert not UnmatchedSignal.objects.exists()
    assert AccountState.objects.get().signals_seen == 1


@pytest.mark.parametrize("order", list(permutations(("page", "alias", "identify"))), ids="-".join)
def test_an_alias_is_the_same_person_in_any_order(site: make.Site, order: tuple[str, ...]) -> None:
    acme = accounts.account()
    events = {
        "page": make.page("m1", userId=None, anonymousId="a1", **UNKNOWN),
        "alias": {"type": "alias", "messageId": "s1", "userId": "ann", "previousId": "a1"},
        "identify": identify("s2", userId="ann", traits=ACME),
    }
    for name in order:
        deliver(site, events[name])
    assert owners() == [acme]
    assert Signal.objects.get().contact == Contact.objects.get(email="ann@acme.example")
    assert not UnmatchedSignal.objects.exists()


@pytest.mark.parametrize("order", list(permutations(("one", "two", "ann", "bob"))), ids="-".join)
def test_people_who_are_named_later_count_as_if_named_before(site: make.Site, order: tuple[str, ...]) -> None:
    accounts.account()
    events = {
        "one": make.track("m1", "Webinar Registered", userId="ann", context={"groupId": "acme.example"}),
        "two": make.track("m2", "Webinar Registered", userId="bob", context={"groupId": "acme.example"}),
        "ann": identify("s1", userId="ann", traits={"email": "ann@acme.example", "name": "Ann"}),
        "bob": identify("s2", userId="bob", traits={"email": "bob@gmail.com", "name": "Bob"}),
    }
    for name in order:
        deliver(site, events[name])
    named = Signal.objects.order_by("message_id").values_list("contact__email", "contact__name")
    assert list(named) == [("ann@acme.example", "Ann"), ("bob@gmail.com", "Bob")]
    assert Crossing.objects.get().threshold.slug == "two-people"
    assert not UnnamedSignal.objects.exists()


def test_a_user_of_another_source_is_somebody_else(site: make.Site) -> None:
    accounts.account()
    other = make.site("app")
    deliver(site, identify("s1", traits=ACME))
    deliver(other, make.page("m1", **UNKNOWN))
    assert owners() == [None]


def test_an_older_saying_that_comes_later_changes_nothing(site: make.Site, moment: datetime) -> None:
    accounts.account()
    globex = accounts.account("Globex", "globex.example")
    deliver(site, group("s2", "globex.example", timestamp=(moment - timedelta(hours=1)).isoformat()))
    deliver(site, group("s1", "acme.example", timestamp=(moment - timedelta(hours=9)).isoformat()))
    deliver(site, make.page("m1", **UNKNOWN))
    assert owners() == [globex]


def _by_bulk(caller: Caller) -> None:
    caller.bulk("accounts", {"name": "Acme", "domain": "acme.example", "external_ids": {"crm": "A-1"}})


def _by_hand(caller: Caller) -> None:
    accounts.account(external_id="A-1")


def _by_contact(caller: Caller) -> None:
    caller.bulk("accounts", {"name": "Acme", "domain": "acme.test"})
    caller.bulk("contacts", {"email": "ann@acme.example", "name": "Ann", "account_domain": "acme.test"})


@pytest.mark.parametrize(
    ("appears", "swept", "event"),
    [
        pytest.param(_by_bulk, False, {"groupId": "acme.example"}, id="a domain, by bulk"),
        pytest.param(_by_bulk, False, {"groupId": "A-1"}, id="an external id, by bulk"),
        pytest.param(_by_contact, False, {"traits": ACME}, id="a contact, by bulk"),
        pytest.param(_by_hand, True, {"groupId": "acme.example"}, id="behind our back, found by the sweep"),
    ],
)
def test_a_signal_is_placed_when_its_account_appears(
    site: make.Site,
    integration: Caller,
    moment: datetime,
    appears: Callable[[Caller], None],
    swept: bool,
    event: dict[str, Any],
) -> None:
    context = UNKNOWN["context"] | ({"traits": event["traits"]} if "traits" in event else {})
    said = {name: value for name, value in event.items() if name != "traits"}
    deliver(site, *[make.page(f"m{number}", context=context, **said) for number in range(3)])
    assert (owners(), UnmatchedSignal.objects.count(), Crossing.objects.count()) == ([None] * 3, 3, 0)
    appears(integration)
    work.drain_all()
    if swept:
        assert UnmatchedSignal.objects.count() == 3
        detect.sweep_unmatched(moment + timedelta(minutes=1))
    acme = Account.objects.get()
    assert (owners(), UnmatchedSignal.objects.count()) == ([acme] * 3, 0)
    assert Crossing.objects.get().threshold.slug == "three-pricing"
    assert AccountState.objects.get().signals_seen == 3


def test_placing_twice_counts_once(site: make.Site, moment: datetime) -> None:
    deliver(site, make.page("m1"))
    accounts.account()
    for _ in range(2):
        resolving.announce(["domain:acme.example"], now=moment)
        work.drain_all()
        detect.sweep_unmatched(moment)
    assert AccountState.objects.get().signals_seen == 1


@pytest.mark.parametrize(
    "at_once", [{}, {"groupId": "acme.example"}], ids=["its account is not known", "it is"]
)
def test_what_was_said_while_a_signal_was_being_stored_is_found_by_the_sweep(
    site: make.Site, moment: datetime, at_once: dict[str, Any]
) -> None:
    acme = accounts.account()
    deliver(site, make.page("m1", **UNKNOWN | at_once))
    # As a transaction leaves it that could not see the one which stored the signal: nobody looked.
    site.source.identities.create(key="user:u1", email="ann@acme.example", email_said_at=moment)
    for _ in range(2):
        detect.sweep_unmatched(moment + timedelta(minutes=1))
    signal = Signal.objects.get()
    assert (signal.account, signal.contact) == (acme, Contact.objects.get(email="ann@acme.example"))
    assert not UnmatchedSignal.objects.exists()
    assert not UnnamedSignal.objects.exists()
    assert AccountState.objects.get().signals_seen == 1


def test_a_name_is_not_waited_for_for_ever(site: make.Site, moment: datetime) -> None:
    accounts.account()
    deliver(site, make.page("m1", groupId="acme.example", **UNKNOWN))
    assert detect.forget_unnamed(moment + timedelta(days=399)) == 0
    assert detect.forget_unnamed(moment + timedelta(days=401)) == 1


@pytest.mark.parametrize("domain", ["gmail.com", "yahoo.co.uk", "outlook.com", "web.de", "qq.com"])
def test_free_mail_is_nobodys_account(site: make.Site, integration: Caller, domain: str) -> None:
    email = f"jane@{domain}"
    deliver(
        site,
        make.page("m1", context=UNKNOWN["context"] | {"traits": {"email": email}}),
        make.page("m2", groupId=domain, context=UNKNOWN["context"]),
        identify(
            "s1", traits={"email": email, "website": f"https://{domain}", "company": {"domain": domain}}
        ),
    )
    assert owners() == [None, None]
    assert not any(key.startswith("domain:") for one in UnmatchedSignal.objects.all() for key in one.keys)
    assert [
        error["pointer"] for error in integration.bulk("accounts", {"name": "X", "domain": domain})["errors"]
    ] == ["/domain"]
    work.drain_all()
    assert (Account.objects.count(), Contact.objects.count()) == (0, 0)


def test_a_person_with_free_mail_at_a_known_account_is_a_contact_of_it(site: make.Site) -> None:
    acme = accounts.account()
    deliver(
        site,
        make.page(
            "m1", context=UNKNOWN["context"] | {"groupId": "acme.example", "traits": {"email": "a@gmail.com"}}
        ),
    )
    assert Contact.objects.get().account == acme
    assert Signal.objects.get().contact == Contact.objects.get()


def test_an_external_id_of_two_accounts_says_nothing(site: make.Site) -> None:
    accounts.account(external_id="7")
    globex = accounts.account("Globex", "globex.example")
    globex.external_ids.create(system="billing", value="7")
    deliver(site, make.page("m1", groupId="7", context=UNKNOWN["context"]))
    assert owners() == [None]


def test_an_old_signal_is_stored_and_fires_nothing(site: make.Site, moment: datetime) -> None:
    accounts.account()
    old = (moment - timedelta(days=60)).isoformat()
    deliver(site, *[make.page(f"m{number}", timestamp=old) for number in range(3)])
    assert Signal.objects.count() == 3
    assert not Crossing.objects.exists()


def test_nothing_is_left_on_the_list(site: make.Site) -> None:
    accounts.account()
    deliver(site, make.page("m1"), identify("s1", traits=ACME))
    assert not WorkItem.objects.exclude(kind="evaluate").exists()


def test_a_message_is_known_again_for_400_days_and_its_key_dropped_then(
    site: make.Site, moment: datetime
) -> None:
    accounts.account()
    deliver(site, make.page("m1", groupId="acme.example"))
    assert keys.forget_old(moment + timedelta(days=400)) == 0
    deliver(site, make.page("m1", groupId="acme.example"))
    assert Signal.objects.count() == 1
    assert keys.forget_old(moment + timedelta(days=403)) == 1
    assert not SignalKey.objects.exists()

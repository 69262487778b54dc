"""Reading a system against the database, and the correction that brings it into line."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors
from accounts.models import Account, ListMembership, Sidecar, SidecarFinding, SidecarReading, User
from accounts.selectors.sidecars import PARTS, correction, sidecars
from accounts.services.sidecar import columns_like_last, guessed_columns, put_sidecar, read_sidecar
from tests.accounts import make

pytestmark = pytest.mark.django_db
HEADER = ["Record ID", "Company name", "Domain", "Tier", "Company owner", "Note"]
COLUMNS = {"account_external_id": 0, "account_name": 1, "account_domain": 2, "tier": 3, "owner": 4}


def listed(name: str, tier: int | None, now: datetime, **fields: object) -> Account:
    """An account, on the list in a tier or off it."""
    of = make.account(name, f"{name.lower()}.example", external_id=f"A-{name}", **fields)
    if tier:
        at = now - timedelta(days=9)
        ListMembership.objects.create(account=of, tier=tier, valid_from=at, side="sales", reason="Fits.")
    return of


def crm(**fields: object) -> Sidecar:
    """A CRM that holds the whole list."""
    values: dict[str, object] = {"name": "Our CRM", "kind": "crm", "owner": None, "tiers": []} | fields
    return put_sidecar(**values)  # type: ignore[arg-type]


def read(system: Sidecar, rows: list[list[str]], now: datetime) -> SidecarReading:
    """One reading of these rows."""
    return read_sidecar(
        sidecar=system, header=HEADER, rows=list(enumerate(rows, start=2)), columns=COLUMNS, by=None, now=now
    )


def the_list(now: datetime) -> User:
    """Four accounts on the list, one off it; Ann owns the first two."""
    ann = make.user(Role.REP, name="Ann Ash", email="ann@ours.example")
    listed("Alpha", 1, now, owner=ann)
    listed("Beta", 2, now, owner=ann)
    listed("Gamma", 3, now)
    listed("Delta", 1, now)
    listed("Omega", None, now)
    return ann


ROWS = [
    ["A-Alpha", "Alpha", "alpha.example", "Tier 1", "ann@ours.example", "right"],
    ["", "Beta", "www.beta.example", "Tier 1", "ben@ours.example", "twice wrong"],
    ["A-Omega", "Omega", "", "Tier 2", "", "too many"],
    ["", "Nobody", "nobody.example", "Tier 3", "", "unknown"],
    ["A-Gamma", "Gamma", "", "", "", "held back there"],
]


def test_a_reading_counts_and_keeps_what_is_not_right(now: datetime) -> None:
    the_list(now)
    reading = read(crm(), ROWS, now)
    counts = ("held", "right", "missing", "extra", "wrong_tier", "wrong_owner", "unknown")
    assert {name: getattr(reading, name) for name in counts} == {
        "held": 4, "right": 1, "missing": 2, "extra": 1, "wrong_tier": 1, "wrong_owner": 1, "unknown": 1,
    }  # fmt: skip
    found = SidecarFinding.objects.filter(reading=reading).select_related("account")
    assert {
        (one.kind, one.account.name if one.account else "", one.line, one.theirs, one.ours) for one in found
    } == {
        ("missing", "Gamma", 6, "there, but not as a target", "tier 3"),
        ("missing", "Delta", None, "", "tier 1"),
        ("extra", "Omega", 4, "Tier 2", "off the list"),
        ("wrong_tier", "Beta", 3, "Tier 1", "tier 2"),
        ("wrong_owner", "Beta", 3, "ben@ours.example", "ann@ours.example"),
        ("unknown", "", 5, "Tier 3", ""),
    }


def test_the_correction_comes_in_the_same_columns_and_words(now: datetime) -> None:
    the_list(now)
    reading = read(crm(), ROWS, now)
    assert list(correction(reading, ["add"])) == [["A-Delta", "Delta", "delta.example", "Tier 1", "", ""]]
    assert list(correction(reading, ["change"])) == [
        ["A-Beta", "Beta", "www.beta.example", "Tier 2", "ann@ours.example", "twice wrong"],
        ["A-Gamma", "Gamma", "gamma.example", "Tier 3", "", "held back there"],
    ]
    assert list(correction(reading, ["remove"])) == [
        ["A-Omega", "Omega", "omega.example", "", "", "too many"]
    ]


def test_once_corrected_nothing_has_drifted(now: datetime) -> None:
    the_list(now)
    system = crm()
    reading = read(system, ROWS, now)
    fixed = {row[0] or row[2]: row for row in ROWS if row[1] != "Nobody"}
    for row in correction(reading, list(PARTS)):
        fixed.pop("www.beta.example", None) if row[1] == "Beta" else None
        fixed[row[0]] = row
    again = read(system, list(fixed.values()), now + timedelta(days=1))
    assert (again.held, again.right) == (4, 4)
    assert not SidecarFinding.objects.filter(reading=again).exists()


def test_the_correction_follows_the_list_as_it_is_now(now: datetime) -> None:
    the_list(now)
    reading = read(crm(), ROWS, now)
    delta, omega = Account.objects.get(name="Delta"), Account.objects.get(name="Omega")
    ListMembership.objects.filter(account=delta).update(valid_to=now)
    ListMembership.objects.create(account=delta, tier=None, valid_from=now, side="sales", reason="Gone.")
    ListMembership.objects.create(account=omega, tier=2, valid_from=now, side="sales", reason="Here.")
    assert list(correction(reading, ["add"])) == []
    assert list(correction(reading, ["remove"])) == []


def test_a_system_for_one_tier_is_asked_for_no_more(now: datetime) -> None:
    the_list(now)
    reading = read(crm(tiers=[1]), ROWS, now)
    assert (reading.missing, reading.extra) == (1, 2)


@pytest.mark.parametrize(("columns", "pointer"), [
    ({"tier": 3}, "/columns"), ({"account_domain": 9}, "/columns/account_domain"),
    ({"account_domain": 2, "account_name": 2}, "/columns"), ({"colour": 1}, "/columns/colour"),
])  # fmt: skip
def test_columns_that_name_no_account_are_refused(
    now: datetime, columns: dict[str, int], pointer: str
) -> None:
    with pytest.raises(FieldErrors) as refused:
        read_sidecar(sidecar=crm(), header=HEADER, rows=[], columns=columns, by=None, now=now)
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert not SidecarReading.objects.exists()


def test_the_same_header_is_read_as_last_time(now: datetime) -> None:
    system = crm()
    assert columns_like_last(system, HEADER) == guessed_columns(HEADER)
    read_sidecar(sidecar=system, header=HEADER, rows=[], columns={"account_domain": 2}, by=None, now=now)
    assert columns_like_last(system, HEADER) == {"account_domain": 2}
    assert columns_like_last(system, ["Domain", "Tier"]) == {"account_domain": 0, "tier": 1}


def test_systems_with_one_name_have_addresses_of_their_own() -> None:
    assert [crm().slug, crm().slug, crm(name="\u2014").slug] == ["our-crm", "our-crm-2", "system"]
    first = Sidecar.objects.get(slug="our-crm")
    assert crm(name="Another", sidecar=first).slug == "our-crm"


def test_statements_do_not_grow_with_rows(now: datetime) -> None:
    the_list(now)
    system = crm()

    def asked(rows: list[list[str]]) -> int:
        with CaptureQueriesContext(connection) as queries:
            read(system, rows, now)
        return len(queries)

    more = [
        [f"X-{number}", f"Firm {number}", f"firm{number}.example", "Tier 1", "", ""] for number in range(300)
    ]
    assert asked([*ROWS, *more]) == asked(ROWS)
    with CaptureQueriesContext(connection) as queries:
        assert sidecars()[0].reading is not None
    assert len(queries) == 2

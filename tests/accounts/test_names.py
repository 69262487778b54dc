"""Company names: what is one name, what is not, and that no way of writing leaves a key stale."""

# ruff: noqa: RUF001  (names in their own letters)

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.likeness import WORTH_A_LOOK, likeness, why
from accounts.domain.names import normal_name, parse, same_company
from accounts.domain.records import AccountRecord
from accounts.models import Account, Change
from accounts.services.account import upsert_accounts
from accounts.services.account.naming import fill_name_keys
from tests.accounts import make

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)

SAME = [
    ("US", "Acme, Inc.", "ACME INC", "acme Incorporated", "Acme", "The Acme Company Inc.", "Acme, The"),
    ("DE", "Müller & Söhne GmbH & Co. KG", "Mueller und Soehne GmbH & Co KG", "MÜLLER + SÖHNE"),
    ("GB", "Marks & Spencer P.L.C.", "Marks and Spencer plc", "Marks  &  Spencer"),
    ("FR", "Société Générale S.A.", "Societe Generale SA", "SOCIÉTÉ GÉNÉRALE"),
    ("LU", "Nordwind S.à r.l.", "Nordwind SARL", "Nordwind S.à.r.l."),
    ("PL", "Wisła Sp. z o.o.", "Wisla sp. z o. o.", "WISŁA Spółka z ograniczoną odpowiedzialnością"),
    ("MX", "Cactus S.A. de C.V.", "Cactus, S. A. de C. V.", "CACTUS SA de CV"),
    ("DK", "Nordlys A/S", "Nordlys a.s.", "Nordlys Aktieselskab"),
    ("TR", "Anadolu Anonim Şirketi", "Anadolu A.Ş.", "ANADOLU AŞ"),
    ("IN", "Lotus Private Limited", "Lotus Pvt. Ltd.", "Lotus (P) Ltd"),
    ("AU", "Wattle Pty. Ltd.", "Wattle Proprietary Limited", "Wattle Pty Limited"),
    ("ZA", "Protea (Pty) Ltd", "Protea (Proprietary) Limited"),
    ("ID", "PT Garuda Tbk", "P.T. Garuda Tbk.", "Garuda"),
    ("SE", "AB Svea", "Svea AB", "Svea AB (publ)", "Svea Aktiebolag"),
    ("LT", "UAB „Gintaras“", "Gintaras, UAB"),
    ("RU", "ООО «Ромашка»", "Ромашка ООО", "РОМАШКА"),
    ("JP", "株式会社あおぞら", "あおぞら㈱", "あおぞら（株）"),
    ("KR", "(주)한빛", "한빛 주식회사", "한빛"),
    ("CN", "蓝天有限公司", "蓝天"),
    ("US", "ＡＣＭＥ　Ｉｎｃ．", "Acme Inc"),
    ("US", "Аcmе", "Acme"),
    ("US", "J. P. Morgan", "J.P. Morgan", "JP Morgan", "J P Morgan"),
    ("US", "O\u2019Reilly", "O'Reilly", "OReilly"),
    ("US", "Zero\u200bWidth\u00ad", "ZeroWidth"),
    ("ES", "Pérez y Hijos, S.L.", "Perez & Hijos SL"),
    ("CZ", "Vltava s.r.o.", "VLTAVA spol. s r.o."),
]
DIFFERENT = [
    ("US", "Acme", "Acme Software"),
    ("US", "Acme", "Acme Holdings"),
    ("DE", "Acme", "Acme Deutschland"),
    ("US", "Delta Air", "Air Delta"),
    ("DE", "Acme GmbH", "Acme AG"),
    ("US", "Acme Inc", "Acme LLC"),
    ("ES", "Kia AS", "Kia"),
    ("US", "SAP", "SAS"),
    ("US", "Studio 54", "Studio 55"),
    ("GB", "Marks", "Marks and Spencer"),
    ("JP", "あおぞら", "あおそら"),
]


@pytest.mark.parametrize("names", SAME, ids=lambda names: names[1])
def test_spellings_of_one_name_share_a_key(names: tuple[str, ...]) -> None:
    country, *spellings = names
    assert len({normal_name(name, country) for name in spellings}) == 1
    assert normal_name(spellings[0], country)
    first = parse(spellings[0], country)
    assert all(same_company(first, parse(name, country)) for name in spellings[1:])


@pytest.mark.parametrize("names", DIFFERENT, ids=lambda names: f"{names[1]} / {names[2]}")
def test_other_words_and_other_forms_are_not_the_same_company(names: tuple[str, str, str]) -> None:
    country, one, other = names
    assert not same_company(parse(one, country), parse(other, country))


@pytest.mark.parametrize(
    "name",
    [
        "Group",
        "Bank",
        "The Company",
        "International Holdings Ltd",
        "GmbH",
        "A",
        "",
        "  ",
        "…",
        "2024",
        "N/A",
        "Inc.",
    ],
)
def test_a_name_that_many_share_names_nobody(name: str) -> None:
    assert normal_name(name, "US") == ""
    assert not same_company(parse(name, "US"), parse(name, "US"))


@pytest.mark.parametrize("name", ["Яндекс", "ソニー", "Ελλάς", "הבנק של דן", "شركة النور", "सूर्य"])
def test_names_in_other_scripts_keep_their_letters(name: str) -> None:
    assert normal_name(name) == name.casefold().replace("ς", "σ")


@given(st.text(max_size=60), st.sampled_from(["", "DE", "US", "PL", "JP", "RU"]))
def test_a_key_is_its_own_key_and_never_raises(name: str, country: str) -> None:
    key = normal_name(name, country)
    assert key == key.strip()
    assert normal_name(name.upper().lower(), country) == normal_name(name.upper().lower(), country)
    assert len(key) <= 255


def test_what_is_alike_is_worth_a_look_and_what_is_not_is_not() -> None:
    def alike(one: str, other: str, country: str = "US") -> float:
        return likeness(parse(one, country), parse(other, country))

    assert alike("Acme Inc", "Acme LLC") == 0.95
    assert alike("Coca Cola", "CocaCola") == 0.97
    for one, other in [
        ("Nordwind Software", "Nordwnid Software"),
        ("Delta Air Lines", "Air Lines Delta"),
        ("Microsoft", "Micrsoft"),
    ]:
        assert alike(one, other) >= WORTH_A_LOOK, (one, other)
    for one, other in [
        ("Studio 54", "Studio 55"),
        ("SAP", "SAS"),
        ("Nordwind Software", "Südwind Software"),
        ("Acme", "Zenith"),
    ]:
        assert alike(one, other) < WORTH_A_LOOK, (one, other)
    assert alike("Group", "Group") == 0.0
    assert "spaces" in why(parse("Coca Cola"), parse("CocaCola"))
    assert "legal form" in why(parse("Acme Inc"), parse("Acme LLC"))
    assert "order" in why(parse("Delta Air"), parse("Air Delta"))


def _stale() -> list[str]:
    """Accounts whose key is neither right nor missing."""
    rows = Account.objects.filter(name_key__isnull=False)
    return [row.name for row in rows if row.name_key != normal_name(row.name, row.country)]


@pytest.mark.django_db
def test_no_way_of_writing_leaves_a_key_stale() -> None:
    upsert_accounts(records={0: AccountRecord(domain="a.example", name="Acme Inc", country="US")}, now=NOW)
    account = Account.objects.get()
    assert account.name_key == "acme"
    upsert_accounts(records={0: AccountRecord(domain="a.example", name="Zenith Inc")}, now=NOW)
    assert Account.objects.get().name_key == "zenith"
    upsert_accounts(records={0: AccountRecord(domain="a.example", industry="Steel")}, now=NOW)
    assert Account.objects.get().name_key == "zenith"

    ways: list[Callable[[], object]] = [
        lambda: Account.objects.update(name="By update"),
        lambda: Account.objects.filter(pk=account.pk).update(country="DE", name="Müller"),
        lambda: Account.objects.bulk_update([Account(pk=account.pk, name="In bulk")], ["name"]),
        lambda: connection.cursor().execute("UPDATE accounts_account SET name = 'Raw AS', country = 'NO'"),
        lambda: connection.cursor().execute("UPDATE accounts_account SET country = 'ES'"),
        lambda: Account.objects.bulk_create([Account(name="New in bulk", domain="b.example")]),
    ]
    for way in ways:
        way()
        assert _stale() == []
    stale_object = Account.objects.get(pk=account.pk)
    Account.objects.filter(pk=account.pk).update(country="NO")
    stale_object.name = "Saved AS"
    stale_object.save(update_fields=["name"])
    assert _stale() == []
    stale_object.save()
    assert _stale() == []

    logged = Change.objects.count()
    assert fill_name_keys() == Account.objects.count() - 1
    assert _stale() == []
    assert not Account.objects.filter(name_key__isnull=True).exists()
    assert Change.objects.count() == logged, "a key is worked out, not a change"


@pytest.mark.django_db
def test_an_account_saved_by_a_form_has_its_key() -> None:
    assert make.account("Acme GmbH", country="DE").name_key == "acme"

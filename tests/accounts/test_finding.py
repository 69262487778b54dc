"""Whose row it is: the order of trust, what speaks against a name, and that a file costs what one row costs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.lib.domains import company_domain, registrable_domain
from accounts.models import Account, AccountDomain, AccountExternalId
from accounts.selectors.finding import Found, Wanted, find_accounts
from tests.accounts import make


def found(**said: Any) -> Found:
    """One row, asked for alone."""
    return find_accounts({0: Wanted(**said)})[0]


@pytest.mark.django_db
def test_the_order_of_trust() -> None:
    acme = make.account("Acme GmbH", "acme.example", external_id="42", country="DE")
    AccountDomain.objects.create(account=acme, domain="acme-shop.example")
    other = make.account("Zenith", "zenith.example", external_id="43")
    said: dict[str, Any]
    for said in (
        {"external_ids": {"crm": "42"}},
        {"external_ids": {"": "42"}},
        {"external_ids": {"crm": "42"}, "domain": "zenith.example"},
    ):
        assert (found(**said).account_id, found(**said).by) == (acme.pk, "external_id")
    for domain in (
        "acme.example",
        "https://www.acme.example/about",
        "jane@mail.acme.example",
        "ACME-shop.example",
    ):
        assert (found(domain=domain).account_id, found(domain=domain).by) == (acme.pk, "domain")
    assert found(domains=["acme-shop.example"]).account_id == acme.pk
    by_name = found(name="ACME G.m.b.H.", country="DE")
    assert (by_name.account_id, by_name.by) == (acme.pk, "name")
    nothings: list[dict[str, Any]] = [
        {"external_ids": {"erp": "42"}},
        {"domain": "gmail.com"},
        {"domain": "co.uk"},
        {"name": "Acme", "country": ""},
        {"name": "Group", "country": "DE"},
        {},
    ]
    for nothing in nothings:
        assert found(**nothing).account_id is None, nothing
    torn = found(external_ids={"crm": "42", "": "43"})
    assert (torn.account_id, torn.torn) == (None, sorted((acme.pk, other.pk)))
    assert found(domains=["acme.example", "zenith.example"]).torn == sorted((acme.pk, other.pk))


@pytest.mark.django_db
def test_a_name_is_never_taken_across_countries_nor_against_a_key() -> None:
    acme = make.account("Acme GmbH", "acme.example", external_id="42", country="DE")
    against: list[dict[str, Any]] = [
        {"name": "Acme", "country": "AT"},
        {"name": "Acme", "country": ""},
        {"name": "Acme AG", "country": "DE"},
        {"name": "Acme", "country": "DE", "domain": "acme.test"},
        {"name": "Acme", "country": "DE", "external_ids": {"crm": "99"}},
        {"name": "Acme Software", "country": "DE"},
    ]
    for said in against:
        assert found(**said).account_id is None, said
    for said in against[:5]:
        assert [one.account_id for one in found(**said).suggestions] == [acme.pk], said
    assert found(name="Acme", country="DE", domain="jane@gmail.com").account_id == acme.pk
    assert found(name="Acme", country="DE", external_ids={"erp": "99"}).account_id == acme.pk


@pytest.mark.django_db
def test_two_accounts_of_one_name_are_suggestions_both() -> None:
    one = make.account("Acme", "acme.example", country="DE")
    other = make.account("ACME", "acme.test", country="DE")
    said = found(name="Acme", country="DE")
    assert said.account_id is None
    assert {suggestion.account_id for suggestion in said.suggestions} == {one.pk, other.pk}
    assert find_accounts({0: Wanted(name="Acme", country="DE")}, suggest=False)[0].account_id is None


@pytest.mark.django_db
def test_a_name_whose_key_is_not_worked_out_yet_is_found_too() -> None:
    acme = make.account("Other", "acme.example", country="DE")
    Account.objects.update(name="Acme GmbH")
    assert Account.objects.get().name_key is None
    assert found(name="acme", country="DE").account_id == acme.pk
    assert [one.account_id for one in found(name="acme", country="US").suggestions] == [acme.pk]


@pytest.mark.django_db
def test_alike_names_are_suggested_best_first() -> None:
    near = make.account("Nordwind Software GmbH", "nordwind.example", country="DE")
    make.account("Südwind Software GmbH", "suedwind.example", country="DE")
    far = make.account("Nordwind Softwares", "nordwind.test", country="DE")
    said = found(name="Nordwnid Software", country="DE")
    assert [one.account_id for one in said.suggestions] == [near.pk, far.pk]
    assert said.suggestions[0].likeness > said.suggestions[1].likeness


@pytest.mark.django_db
def test_a_file_costs_as_many_queries_as_a_row() -> None:
    for number in range(40):
        make.account(
            f"Company {'abcdefghij'[number % 10] * (3 + number)}", f"c{number}.example", country="DE"
        )

    def cost(count: int) -> int:
        wanted = {
            number: Wanted(
                {"crm": str(number)}, f"x{number}.example", f"Company {'klm'[number % 3] * 4}", "DE"
            )
            for number in range(count)
        }
        with CaptureQueriesContext(connection) as queries:
            find_accounts(wanted)
        return len(queries)

    assert cost(90) == cost(1)
    assert cost(300) <= cost(1)


@pytest.mark.django_db
def test_a_company_of_many_domains_is_found_by_each_and_none_is_taken_twice() -> None:
    """As trackers' owners have them: wildcards, hosts below one domain, country endings, shared hosters."""
    listed = {
        "Searcher": [
            "*.searcher.example",
            "ads.searcher.example",
            "searcher.co.uk",
            "*.searcher-cdn.example",
        ],
        "Hosted Shop": ["shop.github.io", "shop.example"],
        "Neighbour": ["neighbour.github.io"],
    }
    for name, domains in listed.items():
        account = Account.objects.create(name=name)
        for domain in sorted({company_domain(domain.removeprefix("*.")) or "" for domain in domains}):
            AccountDomain.objects.create(account=account, domain=domain)
        AccountExternalId.objects.create(account=account, system="list", value=name)
    for name, domains in listed.items():
        for domain in domains:
            account_id = found(domain=domain.removeprefix("*.")).account_id
            assert account_id is not None, domain
            assert Account.objects.get(pk=account_id).name == name, domain
    assert found(domain="github.io").account_id is None


# The rules of the public suffix list, each with cases of our own: host -> registrable domain.
SUFFIXES = [
    ("COM", None), ("Example.COM", "example.com"), ("WwW.Example.COM", "example.com"),
    ("example", None), ("a.b.example.example", "example.example"),
    ("biz", None), ("a.b.domain.biz", "domain.biz"),
    ("uk.com", None), ("b.shop.uk.com", "shop.uk.com"), ("shop.ac", "shop.ac"),
    ("mm", None), ("c.mm", None), ("b.c.mm", "b.c.mm"), ("a.b.c.mm", "b.c.mm"),
    ("jp", None), ("shop.jp", "shop.jp"), ("ac.jp", None), ("shop.ac.jp", "shop.ac.jp"), ("kyoto.jp", None),
    ("shop.kyoto.jp", "shop.kyoto.jp"), ("b.ide.kyoto.jp", "b.ide.kyoto.jp"), ("city.kobe.jp", "city.kobe.jp"),
    ("www.city.kobe.jp", "city.kobe.jp"), ("c.kobe.jp", None), ("b.c.kobe.jp", "b.c.kobe.jp"),
    ("ck", None), ("shop.ck", None), ("b.shop.ck", "b.shop.ck"), ("www.ck", "www.ck"), ("www.www.ck", "www.ck"),
    ("us", None), ("shop.us", "shop.us"), ("ak.us", None), ("shop.ak.us", "shop.ak.us"), ("k12.ak.us", None),
    ("食狮.com.cn", "xn--85x722f.com.cn"), ("www.食狮.公司.cn", "xn--85x722f.xn--55qx5d.cn"),
    ("xn--85x722f.com.cn", "xn--85x722f.com.cn"), ("公司.cn", None),
    ("shop.github.io", "shop.github.io"), ("github.io", None), ("bücher.de", "xn--bcher-kva.de"),
]  # fmt: skip


@pytest.mark.parametrize(("host", "domain"), SUFFIXES)
def test_registrable_domains_follow_the_public_suffix_list(host: str, domain: str | None) -> None:
    assert registrable_domain(host) == domain


def vectors() -> list[tuple[str, str | None]]:
    """The list's own vectors from the file that ABMOPS_PSL_VECTORS names; where it names none, those above."""
    path = os.environ.get("ABMOPS_PSL_VECTORS")
    if not path:
        return SUFFIXES
    lines = re.findall(
        r"^checkPublicSuffix\('([^']+)', (?:null|'([^']+)')\);",
        Path(path).read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return [(host, domain or None) for host, domain in lines]


def test_the_vectors_of_the_public_suffix_list() -> None:
    """A leading dot is no host to us, as in the list; what we answer is punycode."""
    wrong = [
        (host, domain, registrable_domain(host))
        for host, domain in vectors()
        if registrable_domain(host) != (domain.encode("idna").decode() if domain else None)
    ]
    assert wrong == []


@pytest.mark.django_db
def test_a_whole_file_is_told_of_the_same_name_only() -> None:
    acme = make.account("Acme GmbH", "acme.example", country="DE")
    make.account("Nordwind Software", "nordwind.example", country="DE")
    wanted = {number: Wanted(name=f"Nordwnid Software {'x' * number}", country="AT") for number in range(200)}
    wanted |= {1_000: Wanted(name="Acme", country="AT")}
    said = find_accounts(wanted)
    assert [one.account_id for one in said[1_000].suggestions] == [acme.pk]
    assert all(not said[number].suggestions for number in range(200))
    assert find_accounts({0: wanted[0]})[0].suggestions

"""What another system holds against the list: words, rows, counts, and the correction in the same columns."""

from random import Random

import pytest

from accounts.domain.drift import (
    Kind,
    Listed,
    Ours,
    Row,
    UnknownTier,
    Words,
    compare,
    corrected,
    is_harmless,
    is_yes,
    tier_of,
    words_of,
)


@pytest.mark.parametrize(("text", "tier"), [
    ("1", 1), ("Tier 1", 1), ("tier_2", 2), ("TIER-3", 3), ("T1", 1), (" tier  2 ", 2), ("2.0", 2), ("Tier: 3", 3),
    ("", None), ("none", None), ("-", None), ("\u2013", None), ("0", None), ("No tier", None), ("Off the list", None),
])  # fmt: skip
def test_a_tier_in_whatever_words(text: str, tier: int | None) -> None:
    assert tier_of(text) == tier


@pytest.mark.parametrize("text", ["4", "gold", "tier", "12", "1 and 2", "A"])
def test_what_names_no_tier_is_told_from_no_tier(text: str) -> None:
    with pytest.raises(UnknownTier):
        tier_of(text)


@pytest.mark.parametrize(("text", "yes"), [
    ("TRUE", True), ("yes", True), ("1", True), ("x", True), ("Target", True), ("Ja", True),
    ("", False), ("False", False), ("no", False), ("0", False), ("N", False), ("nein", False), (" ", False),
])  # fmt: skip
def test_a_yes_is_whatever_is_no_no(text: str, yes: bool) -> None:
    assert is_yes(text) is yes


LISTED = {
    1: Listed(1, "ann@ours.example", "Ann Ash"),
    2: Listed(2, "ann@ours.example", "Ann Ash"),
    3: Listed(3),
}
TIERED = {"account_domain": 0, "tier": 1}


def said(*rows: tuple[int | None, str]) -> list[Row]:
    """Rows of domain and tier for these accounts, from line 2 on."""
    return [Row(line, ["d", tier], account) for line, (account, tier) in enumerate(rows, start=2)]


def kinds(
    rows: list[Row], columns: dict[str, int], **options: tuple[int, ...]
) -> list[tuple[str, int | None]]:
    """What is found, without its details."""
    return [
        (one.kind.value, one.account_id) for one in compare(rows, LISTED, columns=columns, **options).findings
    ]


@pytest.mark.parametrize(("rows", "found"), [
    pytest.param([(1, "1"), (2, "2"), (3, "3")], [], id="all is well"),
    pytest.param([(1, "1"), (2, "2")], [("missing", 3)], id="one has no row"),
    pytest.param([(1, "1"), (2, "2"), (3, "")], [("missing", 3)], id="a row without a tier holds nothing"),
    pytest.param([(1, "2"), (2, "2"), (3, "3")], [("wrong_tier", 1)], id="another tier"),
    pytest.param([(1, "gold"), (2, "2"), (3, "3")], [("wrong_tier", 1)], id="a tier that nobody knows"),
    pytest.param([(1, "1"), (2, "2"), (3, "3"), (9, "1")], [("extra", 9)], id="one that is off the list"),
    pytest.param([(1, "1"), (2, "2"), (3, "3"), (9, "")], [], id="off the list and without a tier: as it should be"),
    pytest.param([(1, "1"), (2, "2"), (3, "3"), (None, "1")], [("unknown", None)], id="no such account"),
    pytest.param([(1, "1"), (2, "2"), (3, "3"), (None, "")], [], id="no such account, and no target there"),
    pytest.param([(1, "1"), (1, "2"), (2, "2"), (3, "3")], [("wrong_tier", 1)], id="twice, once wrong"),
    pytest.param([(1, ""), (1, "1"), (2, "2"), (3, "3")], [], id="twice, once held"),
])  # fmt: skip
def test_rows_against_the_list(
    rows: list[tuple[int | None, str]], found: list[tuple[str, int | None]]
) -> None:
    assert kinds(said(*rows), TIERED) == found


def test_a_system_that_holds_some_tiers_misses_only_those_and_others_are_too_many() -> None:
    assert kinds(said((1, "1"), (3, "3")), TIERED, tiers=(1, 2)) == [("extra", 3), ("missing", 2)]
    extra = compare(said((3, "3")), LISTED, columns=TIERED, tiers=(1,)).findings[0]
    assert (extra.theirs, extra.ours) == ("3", "tier 3")


def test_a_column_that_says_who_is_a_target_rules() -> None:
    columns = {"account_domain": 0, "member": 1}
    rows = [Row(2, ["d", "no"], 1), Row(3, ["d", "yes"], 2), Row(4, ["d", "no"], 9), Row(5, ["d", "yes"], 3)]
    drift = compare(rows, LISTED, columns=columns)
    assert [(one.kind, one.account_id, one.line, one.theirs) for one in drift.findings] == [
        (Kind.MISSING, 1, 2, "there, but not as a target")
    ]
    assert (drift.held, drift.right) == (2, 2)


@pytest.mark.parametrize(("account", "cell", "is_wrong"), [
    (1, "ann@ours.example", False), (1, "ANN@ours.example", False), (1, "Ann Ash", False), (1, "ann ash", False),
    (1, "ben@ours.example", True), (1, "", True), (3, "", False), (3, "ann@ours.example", True), (3, "Ann Ash", True),
])  # fmt: skip
def test_owners_by_address_or_name(account: int, cell: str, is_wrong: bool) -> None:
    columns = {"account_domain": 0, "owner": 1}
    found = compare([Row(2, ["d", cell], account)], LISTED, columns=columns).findings
    assert any(one.kind is Kind.WRONG_OWNER for one in found) is is_wrong


def test_counts_agree_with_a_count_by_hand() -> None:
    random = Random(11)
    listed = {pk: Listed(random.randint(1, 3), f"p{random.randint(1, 3)}@ours.example") for pk in range(60)}
    columns = {"account_domain": 0, "tier": 1, "owner": 2, "member": 3}
    rows = []
    for line in range(2, 150):
        account = random.choice([None, *range(90)])
        cells = ["d", random.choice(["1", "2", "3", ""]), f"p{random.randint(1, 3)}@ours.example"]
        rows.append(Row(line, [*cells, random.choice(["yes", "yes", "no"])], account))
    drift = compare(rows, listed, columns=columns)
    held = [row for row in rows if row.cells[3] == "yes"]
    on_list = [row for row in held if row.account_id in listed]
    wrong_tier = [row for row in on_list if row.cells[1] != str(listed[row.account_id or 0].tier)]
    wrong_owner = [row for row in on_list if row.cells[2] != listed[row.account_id or 0].owner_email]
    assert drift.held == len(held)
    assert drift.count(Kind.UNKNOWN) == sum(row.account_id is None for row in held)
    assert drift.count(Kind.EXTRA) == sum(
        row.account_id is not None and row.account_id not in listed for row in held
    )
    assert drift.count(Kind.MISSING) == len(listed) - len({row.account_id for row in on_list})
    assert drift.count(Kind.WRONG_TIER) == len(wrong_tier)
    assert drift.count(Kind.WRONG_OWNER) == len(wrong_owner)
    bad = {row.account_id for row in (*wrong_tier, *wrong_owner)}
    assert drift.right == len({row.account_id for row in on_list} - bad)


@pytest.mark.parametrize(("cells", "words"), [
    (["Tier 1", "Tier 1", "tier_2", ""], {1: "Tier 1", 2: "tier_2", 3: "Tier 3"}),
    (["tier_2"], {1: "tier_1", 2: "tier_2", 3: "tier_3"}),
    ([], {1: "1", 2: "2", 3: "3"}),
    (["gold"], {1: "1", 2: "2", 3: "3"}),
])  # fmt: skip
def test_tiers_come_back_in_the_systems_own_words(cells: list[str], words: dict[int, str]) -> None:
    assert words_of([[cell] for cell in cells], {"tier": 0}).tiers == words


@pytest.mark.parametrize(("cells", "yes", "no"), [
    (["TRUE", "FALSE"], "TRUE", "FALSE"), (["Yes"], "Yes", "No"), (["true"], "true", "false"), (["no"], "yes", "no"),
    (["1", "0"], "1", "0"), (["x", ""], "x", ""), ([], "TRUE", "FALSE"), (["Target"], "Target", "FALSE"),
])  # fmt: skip
def test_yes_and_no_come_back_in_the_systems_own_words(cells: list[str], yes: str, no: str) -> None:
    words = words_of([[cell] for cell in cells], {"member": 0})
    assert (words.yes, words.no) == (yes, no)


OURS = Ours("Acme", "acme.example", "A-1", "DE", 2, "ann@ours.example", "Ann Ash")
COLUMNS = {"account_external_id": 0, "account_name": 1, "tier": 3, "owner": 4, "member": 5}
WORDS = Words({1: "T1", 2: "T2", 3: "T3"}, no_tier="none", yes="Y", no="N")


def test_a_row_to_add_is_filled_and_leaves_foreign_columns_empty() -> None:
    row = corrected([], width=6, columns=COLUMNS, words=WORDS, ours=OURS, stays=True)
    assert row == ["A-1", "Acme", "", "T2", "ann@ours.example", "Y"]


def test_a_row_to_change_keeps_its_name_and_everything_we_know_nothing_of() -> None:
    cells = ["X-9", "ACME Ltd", "note", "T1", "", "Y"]
    row = corrected(cells, width=6, columns=COLUMNS, words=WORDS, ours=OURS, stays=True)
    assert row == ["X-9", "ACME Ltd", "note", "T2", "ann@ours.example", "Y"]


def test_a_row_to_take_out_says_no_and_keeps_its_owner() -> None:
    cells = ["X-9", "ACME Ltd", "note", "T1", "ben@ours.example", "Y"]
    row = corrected(cells, width=6, columns=COLUMNS, words=WORDS, ours=OURS, stays=False)
    assert row == ["X-9", "ACME Ltd", "note", "none", "ben@ours.example", "N"]


@pytest.mark.parametrize(("text", "harmless"), [
    ("+Pluswerk AG", True), ("@home & co.", True), ("-1", True), ("acme.example", True),
    ("=1+1", False), ("+cmd|' /C calc'!A0", False), ("@SUM(1)", False), ("-2+3;x", False), ("\t=1", False),
])  # fmt: skip
def test_what_can_do_nothing_needs_no_apostrophe(text: str, harmless: bool) -> None:
    assert is_harmless(text) is harmless

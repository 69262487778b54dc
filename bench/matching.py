"""How right matching by name is: precision first, since a false merge is worse than a missed one.

`ABMOPS_BENCH_NAMES` may name a folder with tables of legal forms (`name_matching_legal_forms.csv`,
`corp_names_company_suffixes.json`); then every form of theirs is put behind a made-up name, too.
"""

from __future__ import annotations

import csv
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench.installation import Installation
from bench.names_made import Named, made

COMPANIES = 2_000
# What normalising is for; the rest only a person can tell.
_SPELLINGS = frozenset({"form", "no form", "case", "accents", "punctuation", "the", "width"})
_ALIASES = {
    "United States of America": "US", "United Kingdom": "GB", "Russia": "RU", "Korea, the Republic of": "KR",
    "Hong Kong, China": "HK", "Bosnia / Herzegovina": "BA", "Columbia": "CO", "Luxemborg": "LU", "Macedonia": "MK",
    "Turkey": "TR", "Czech Republic": "CZ", "Virgin Islands, British": "VG", "Brunei Darussalam": "BN", "Taiwan": "TW",
}  # fmt: skip


def figures(_installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """Exact names and suggestions over made-up companies; legal forms over tables that are at hand."""
    names = made(int(COMPANIES * scale))
    yield from _speed(names)
    yield from _exact(names)
    yield from _suggested(names)
    folder = os.environ.get("ABMOPS_BENCH_NAMES")
    if folder:
        yield from _forms(Path(folder))


def _speed(names: list[Named]) -> Iterator[dict[str, Any]]:
    from accounts.domain.names import normal_name  # noqa: PLC0415  (Django is set up by then)

    started = time.perf_counter()
    for named in names:
        normal_name(named.name, named.country)
    yield {
        "figure": "names normalised",
        "value": round(len(names) / (time.perf_counter() - started)),
        "unit": "a second",
    }


def _exact(names: list[Named]) -> Iterator[dict[str, Any]]:
    """What is taken without asking: the same key and country, forms that do not differ, one company only."""
    from accounts.domain.names import parse, same_company  # noqa: PLC0415

    registered: dict[tuple[str, str], list[Named]] = defaultdict(list)
    for named in names:
        # Every company stands in the program once: as registered, or as the neighbour it is.
        if named.how not in _SPELLINGS and named.how not in _SLIPS:
            registered[parse(named.name, named.country).key, named.country].append(named)

    def find(named: Named) -> Named | None:
        mine = parse(named.name, named.country)
        same = [
            other
            for other in registered.get((mine.key, named.country), ())
            if same_company(mine, parse(other.name, other.country))
        ]
        return same[0] if len(same) == 1 else None

    asked = [named for named in names if named.how in _SPELLINGS | _SLIPS]
    yield from _measured("name with country", asked, find)


def _suggested(names: list[Named]) -> Iterator[dict[str, Any]]:
    """What is shown to a person: the most alike company that is worth a look."""
    from accounts.domain.likeness import WORTH_A_LOOK, likeness  # noqa: PLC0415
    from accounts.domain.names import parse  # noqa: PLC0415

    asked = [named for named in names if named.how in _SPELLINGS | _SLIPS][::7]
    blocks: dict[str, list[Named]] = defaultdict(list)
    for named in names:
        if named.how not in _SPELLINGS and named.how not in _SLIPS:
            for piece in _pieces(parse(named.name, named.country).key):
                blocks[piece].append(named)

    def find(named: Named) -> Named | None:
        mine = parse(named.name, named.country)
        near = {
            other.company: other
            for piece in _pieces(mine.key)
            for other in blocks.get(piece, ())
            if other.country == named.country
        }
        best = max(
            near.values(), key=lambda other: likeness(mine, parse(other.name, other.country)), default=None
        )
        if best is None or likeness(mine, parse(best.name, best.country)) < WORTH_A_LOOK:
            return None
        return best

    yield from _measured("first suggestion", asked, find)


_SLIPS = frozenset({"letter left out", "letters swapped", "order", "glued"})


def _measured(
    what: str, asked: list[Named], find: Callable[[Named], Named | None]
) -> Iterator[dict[str, Any]]:
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    total: Counter[str] = Counter(named.how for named in asked)
    for named in asked:
        found = find(named)
        if found is not None:
            (right if found.company == named.company else wrong)[named.how] += 1
    hits, misses = sum(right.values()), sum(wrong.values())
    spelled = sum(right[how] for how in _SPELLINGS)
    yield {
        "figure": f"{what}: precision",
        "value": _share(hits, hits + misses),
        "unit": "share",
        "false": misses,
    }
    yield {
        "figure": f"{what}: recall of spellings",
        "value": _share(spelled, sum(total[how] for how in _SPELLINGS)),
        "unit": "share",
    }
    yield {
        "figure": f"{what}: recall with slips",
        "value": _share(hits, sum(total.values())),
        "unit": "share",
    }
    yield {
        "figure": f"{what}: recall by way",
        "value": {how: _share(right[how], total[how]) for how in sorted(total)},
        "unit": "share",
    }


def _forms(folder: Path) -> Iterator[dict[str, Any]]:
    """Of the tables' legal forms: how many come off a name in their country, and how many names they make one."""
    from accounts.domain.countries import NAMES  # noqa: PLC0415
    from accounts.domain.names import normal_name  # noqa: PLC0415

    codes = {name: code for code, name in NAMES.items()} | _ALIASES
    suffixes = json.loads((folder / "corp_names_company_suffixes.json").read_text(encoding="utf-8"))
    tried, off = 0, 0
    false = 0
    for form, facts in suffixes.items():
        for country in {codes[name] for name in facts["jurisdictions"] if name in codes}:
            tried += 1
            off += normal_name(f"Nordwind {form}", country) == "nordwind"
            false += normal_name(f"Nordwind {form}", country) == normal_name(f"Sudwind {form}", country) != ""
    yield {"figure": "suffix table: forms that come off in their country", "value": _share(off, tried), "unit": "share",
           "forms": tried, "false": false}  # fmt: skip
    with (folder / "name_matching_legal_forms.csv").open(encoding="utf-8") as lines:
        rows = [(row["abbreviation"].strip(), row["full_name"].strip()) for row in csv.DictReader(lines)]
    short = sum(normal_name(f"Nordwind {abbreviation}") == "nordwind" for abbreviation, _ in rows)
    both = sum(
        normal_name(f"Nordwind {abbreviation}") == normal_name(f"Nordwind {full}")
        for abbreviation, full in rows
    )
    yield {"figure": "legal form table: abbreviations that come off, country not known",
           "value": _share(short, len(rows)), "unit": "share", "forms": len(rows)}  # fmt: skip
    yield {"figure": "legal form table: abbreviated and written out are one, country not known",
           "value": _share(both, len(rows)), "unit": "share", "forms": len(rows)}  # fmt: skip


def _pieces(key: str) -> set[str]:
    """Three-letter pieces of a key, as the database's index has them."""
    text = key.replace(" ", "")
    return {text[start : start + 3] for start in range(max(1, len(text) - 2))}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None

"""A draft of the customer profile on its way through the browser: packed into an address, read from the editor's form.

Nothing is stored: a draft is its own address, so that it can be sent to a colleague, and every figure of its preview
is a link.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from abmops.ui import typed
from accounts.domain.fit import FIELDS, MOST_CRITERIA, NUMBERS_OF, WORDS_OF
from accounts.domain.icp import Drafted, read_draft
from accounts.selectors.icp_mask import Vocabulary

LARGEST = 64_000
MOST_OPTIONS = 80
FIELD_NAMES = {
    "industry": "Industry",
    "employees": "Employees",
    "annual_revenue": "Annual revenue",
    "country": "Country",
    "region": "Region",
    "technologies": "Technologies",
    "won_deals": "Deals won",
    "contacts": "People known",
    "touches_90d": "Touches in 90 days",
}
Raw = list[dict[str, Any]]


def packed(raw: Sequence[Mapping[str, Any]]) -> str:
    """A draft as a word for an address."""
    text = json.dumps(list(raw), separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpacked(word: str) -> Raw | None:
    """The draft of an address; None where it is none of ours."""
    try:
        squeezed = base64.b64decode(
            word.encode("ascii") + b"=" * (-len(word) % 4), altchars=b"-_", validate=True
        )
        text = zlib.decompressobj().decompress(squeezed, LARGEST)
        raw = json.loads(text)
    except (ValueError, binascii.Error, zlib.error, RecursionError):
        return None
    if not isinstance(raw, list) or len(raw) > MOST_CRITERIA:
        return None
    return [tidy(item) for item in raw if isinstance(item, dict)]


def tidy(item: Mapping[str, Any]) -> dict[str, Any]:
    """Only what a criterion has, and only text that can be stored; what is neither text nor number is left out."""
    kept = {
        key: _clean(item[key])
        for key in ("field", "label", "weight", "at_least", "at_most")
        if isinstance(item.get(key), str | int | float) and not isinstance(item[key], bool)
    }
    values = item.get("any_of")
    if isinstance(values, list):
        kept["any_of"] = [_clean(value)[:120] for value in values if isinstance(value, str)][:200]
    return kept


def _clean(value: Any) -> Any:
    return value.replace("\0", "").encode("utf-8", "ignore").decode() if isinstance(value, str) else value


def from_form(form: QueryDict) -> Raw:
    """The criteria of the editor's form, in its order. A field that was just changed starts without values."""
    raw = []
    for key in form.getlist("row")[:MOST_CRITERIA]:
        name = form.get(f"field-{key}", "")
        same = form.get(f"was-{key}", name) == name
        item: dict[str, Any] = {"field": name, "weight": typed.number(form.get(f"weight-{key}", ""))}
        if (label := form.get(f"label-{key}", "").strip()) and same:
            item["label"] = label[:120]
        if name in WORDS_OF:
            item["any_of"] = _values(form, key) if same else []
        elif same:
            for bound in ("at_least", "at_most"):
                if text := form.get(f"{bound}-{key}", "").strip():
                    item[bound] = typed.number(text)
        raw.append(tidy(item))
    return raw


def _values(form: QueryDict, key: str) -> list[str]:
    chosen = [value for value in form.getlist(f"value-{key}") if value]
    written = [value.strip() for value in form.get(f"more-{key}", "").split(";")]
    return list(dict.fromkeys([*chosen, *(value for value in written if value)]))


def acted(raw: Raw, act: str) -> Raw:
    """The draft after a press in the editor: `up 2`, `down 0`, `remove 1`, `add industry`; anything else leaves it."""
    verb, _, what = act.partition(" ")
    if verb == "add" and what in FIELDS and len(raw) < MOST_CRITERIA:
        return [*raw, {"field": what, "weight": 10} | ({"any_of": []} if what in WORDS_OF else {})]
    if not what.isdecimal() or int(what) >= len(raw):
        return raw
    place, rest = int(what), list(raw)
    one = rest.pop(place)
    if verb == "remove":
        return rest
    if verb in ("up", "down"):
        rest.insert(max(place - 1, 0) if verb == "up" else place + 1, one)
        return rest
    return raw


@dataclass(frozen=True, slots=True)
class Option:
    """A value on offer: how many accounts have it, and whether the criterion names it."""

    value: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A criterion in the editor."""

    key: int
    line: Drafted
    field: str
    takes_numbers: bool
    options: list[Option]
    hidden: int


def rows_of(raw: Raw, words: Vocabulary) -> list[Row]:
    """The editor's rows. The most frequent values are offered, and whatever is chosen."""
    rows = []
    for key, line in enumerate(read_draft(raw)):
        name = str(line.raw.get("field", ""))
        chosen = list(line.raw.get("any_of") or [])
        known = words.get(name, {})
        folded = {value.casefold() for value in chosen}
        options = [Option(value, count, value.casefold() in folded) for value, count in known.items()]
        shown = [option for place, option in enumerate(options) if place < MOST_OPTIONS or option.is_chosen]
        have = {value.casefold() for value in known}
        gone = [Option(value, 0, True) for value in chosen if value.casefold() not in have]
        rows.append(Row(key, line, name, name in NUMBERS_OF, [*gone, *shown], len(options) - len(shown)))
    return rows

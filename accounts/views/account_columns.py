"""The columns of the accounts list: this app's own and those of upper apps, which a reader chooses and orders."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.http import QueryDict

from abmops.lib.columns import Cell, Column, registered
from abmops.ui import figures, moments
from accounts.domain.countries import NAMES as COUNTRY_NAMES
from accounts.selectors.account_list import SORTS, Row

MOST = 20


@dataclass(frozen=True, slots=True)
class Heading:
    """A column as drawn."""

    name: str
    title: str
    numeric: bool
    label: str
    sortable: bool
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell under its heading."""

    heading: Heading
    cell: Cell


@dataclass(frozen=True, slots=True)
class Offered:
    """A column in the chooser; `place` is where it stands now, 0 for nowhere."""

    heading: Heading
    place: int


@dataclass(frozen=True, slots=True)
class _Own:
    """A column of this app. The figures of upper apps take the places between (score 10, intent 30, live plays 80)."""

    order: int
    name: str
    title: str
    numeric: bool
    label: str
    by_default: bool
    cell: Callable[[Row, datetime, tzinfo], Cell]


def _touched(at: datetime | None, tone: str, now: datetime, zone: tzinfo) -> Cell:
    if at is None:
        return Cell("never", tone=tone)
    return Cell(
        moments.short(at, now=now, zone=zone),
        tone=tone,
        title=moments.exact(at, zone=zone),
        plain=at.astimezone(zone).isoformat(timespec="seconds"),
    )


def _owner(row: Row, _now: datetime, _zone: tzinfo) -> Cell:
    owner = row.account.owner
    if owner is None:
        return Cell("SDR pool", tone="muted")
    return Cell(_initialled(owner.name), title=owner.name, plain=owner.name)


def _missing(row: Row, _now: datetime, _zone: tzinfo) -> Cell:
    gaps = row.missing
    if not gaps:
        return Cell("none", tone="muted")
    said, every = (gaps[0] if len(gaps) == 1 else f"{len(gaps)} roles"), ", ".join(gaps)
    return Cell(said, tone="warn", is_tag=True, title=every, plain=every)


def _word(text: str, empty: str = "not known") -> Cell:
    return Cell(text) if text else Cell(empty, tone="muted")


def _revenue(row: Row, _now: datetime, _zone: tzinfo) -> Cell:
    amount, currency = row.account.annual_revenue, row.account.currency
    if amount is None:
        return Cell("not known", tone="muted")
    said = figures.money_short(amount, currency)
    return Cell(
        said, title=figures.money(amount, currency), plain=f"{amount.normalize():f} {currency}".strip()
    )


def _employees(row: Row, _now: datetime, _zone: tzinfo) -> Cell:
    number = row.account.employees
    return Cell("not known", tone="muted") if number is None else Cell(figures.grouped(number), plain=number)


OWN = (
    _Own(20, "fit", "Fit", True, "", True,
         lambda row, *_: Cell(f"{row.account.fit:.0f}", plain=round(row.account.fit, 1))),
    _Own(40, "phase", "Phase", False, "-", True, lambda row, *_: Cell(row.account.get_phase_display())),
    _Own(50, "owner", "Owner", False, "-", True, _owner),
    _Own(60, "sales", "Last sales", True, "Sales", True, lambda row, now, zone: _touched(
        row.last_sales_at, "warn" if row.is_quiet else "", now, zone)),
    _Own(70, "marketing", "Last mktg", True, "Mktg", True,
         lambda row, now, zone: _touched(row.last_marketing_at, "", now, zone)),
    _Own(90, "missing", "Missing", False, "", True, _missing),
    _Own(100, "people", "People", True, "", False, lambda row, *_: Cell(str(row.people), plain=row.people)),
    _Own(110, "domain", "Domain", False, "-", False, lambda row, *_: _word(row.account.domain or "")),
    _Own(120, "territory", "Territory", False, "", False, lambda row, *_: _word(
        row.account.territory.name if row.account.territory else "", "none")),
    _Own(130, "lifecycle", "Lifecycle", False, "-", False,
         lambda row, *_: Cell(row.account.get_lifecycle_display())),
    _Own(140, "industry", "Industry", False, "", False, lambda row, *_: _word(row.account.industry)),
    _Own(150, "country", "Country", False, "", False, lambda row, *_: _word(
        COUNTRY_NAMES.get(row.account.country, row.account.country))),
    _Own(160, "employees", "Employees", True, "", False, _employees),
    _Own(170, "revenue", "Revenue", True, "", False, _revenue),
    _Own(180, "created", "Added", True, "", False,
         lambda row, now, zone: _touched(row.account.created_at, "", now, zone)),
)  # fmt: skip
_BY_NAME: Mapping[str, _Own] = {own.name: own for own in OWN}


def every_heading() -> list[Heading]:
    """Every column there is, in the order in which they are offered."""
    own = [
        (
            own.order,
            Heading(own.name, own.title, own.numeric, _label(own.label, own.title), own.name in SORTS),
        )
        for own in OWN
    ]
    upper = [(column.order, _heading(column)) for column in registered()]
    return [heading for _, heading in sorted(own + upper, key=lambda pair: (pair[0], pair[1].name))]


def chosen_headings(names: Sequence[str]) -> list[Heading]:
    """The columns named, in that order; none named: those that everybody starts with. Unknown names are left out."""
    known = {heading.name: heading for heading in every_heading()}
    if found := [known[name] for name in dict.fromkeys(names) if name in known]:
        return found[:MOST]
    return [heading for name, heading in known.items() if name not in _BY_NAME or _BY_NAME[name].by_default]


def names_in(query: QueryDict) -> list[str]:
    """`?cols=score,fit`."""
    return [name for name in query.get("cols", "").split(",") if name][:MOST]


def offered(names: Sequence[str]) -> list[Offered]:
    """The chooser: what is shown first, in its order, then the rest."""
    shown = chosen_headings(names)
    places = {heading.name: place for place, heading in enumerate(shown, 1)}
    rest = [heading for heading in every_heading() if heading.name not in places]
    return [Offered(heading, places.get(heading.name, 0)) for heading in (*shown, *rest)]


def ordered(data: QueryDict) -> list[str]:
    """What a reader chose: the ticked columns by the numbers beside them, in the order offered where these agree."""
    ticked = data.getlist("col")
    known = [heading.name for heading in every_heading()]

    def place(name: str) -> tuple[int, int]:
        said = data.get(f"at_{name}", "")
        return (int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 999, known.index(name))

    return sorted((name for name in dict.fromkeys(ticked) if name in known), key=place)


def placed(row: Row, columns: Sequence[Heading], *, now: datetime, zone: tzinfo) -> list[Placed]:
    """One row under the headings."""
    return [Placed(heading, _cell(row, heading, now, zone)) for heading in columns]


def plain(row: Row, columns: Sequence[Heading], *, now: datetime, zone: tzinfo) -> list[str | float | int]:
    """One row for a file: figures as numbers, times with the reader's offset, names in full."""
    cells = (_cell(row, heading, now, zone) for heading in columns)
    return [cell.plain if cell.plain != "" else "" if cell.tone == "muted" else cell.text for cell in cells]


def _cell(row: Row, heading: Heading, now: datetime, zone: tzinfo) -> Cell:
    if own := _BY_NAME.get(heading.name):
        return own.cell(row, now, zone)
    return row.cells.get(heading.name, Cell(heading.empty, tone="muted"))


def _heading(column: Column) -> Heading:
    label = _label(column.label, column.title)
    return Heading(column.name, column.title, column.numeric, label, bool(column.sort), column.empty)


def _label(label: str, title: str) -> str:
    return "" if label == "-" else label or title


def _initialled(name: str) -> str:
    first, _, rest = name.partition(" ")
    return f"{first[:1]}. {rest}" if rest else name

"""The columns of the accounts list in their order: this app's own and those of upper apps, said in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from abmops.lib.columns import Cell, Column, registered
from abmops.ui import moments
from accounts.selectors.account_list import Row

# The figures of upper apps take the places between (score 10, intent 30, live plays 80).
OWN = (
    (20, "fit", "Fit", True, ""),
    (40, "phase", "Phase", False, "-"),
    (50, "owner", "Owner", False, "-"),
    (60, "sales", "Last sales", True, "Sales"),
    (70, "marketing", "Last mktg", True, "Mktg"),
    (90, "missing", "Missing", False, ""),
)


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


def headings() -> list[Heading]:
    """Every column between the tier and the end of the row."""
    own = [
        (order, Heading(name, title, numeric, _label(label, title), name != "missing"))
        for order, name, title, numeric, label in OWN
    ]
    upper = [(column.order, _heading(column)) for column in registered()]
    return [heading for _, heading in sorted(own + upper, key=lambda pair: (pair[0], pair[1].name))]


def placed(row: Row, columns: Sequence[Heading], *, now: datetime, zone: tzinfo) -> list[Placed]:
    """One row under the headings."""
    cells = {**row.cells, **_own(row, now=now, zone=zone)}
    return [
        Placed(heading, cells.get(heading.name, Cell(heading.empty, tone="muted"))) for heading in columns
    ]


def _own(row: Row, *, now: datetime, zone: tzinfo) -> dict[str, Cell]:
    account, gaps = row.account, row.missing
    return {
        "fit": Cell(f"{account.fit:.0f}", plain=round(account.fit, 1)),
        "phase": Cell(account.get_phase_display()),
        "owner": Cell(_initialled(account.owner.name), title=account.owner.name)
        if account.owner
        else Cell("pool", tone="muted"),
        "sales": _touched(row.last_sales_at, "warn" if row.is_quiet else "", now=now, zone=zone),
        "marketing": _touched(row.last_marketing_at, "", now=now, zone=zone),
        "missing": Cell("none", tone="muted")
        if not gaps
        else Cell(
            gaps[0] if len(gaps) == 1 else f"{len(gaps)} roles",
            tone="warn",
            is_tag=True,
            title=", ".join(gaps),
            plain=", ".join(gaps),
        ),
    }


def _touched(at: datetime | None, tone: str, *, now: datetime, zone: tzinfo) -> Cell:
    if at is None:
        return Cell("never", tone=tone)
    return Cell(
        moments.short(at, now=now, zone=zone),
        tone=tone,
        title=moments.exact(at, zone=zone),
        plain=at.isoformat(timespec="seconds"),
    )


def _heading(column: Column) -> Heading:
    label = _label(column.label, column.title)
    return Heading(column.name, column.title, column.numeric, label, bool(column.sort), column.empty)


def _label(label: str, title: str) -> str:
    return "" if label == "-" else label or title


def _initialled(name: str) -> str:
    first, _, rest = name.partition(" ")
    return f"{first[:1]}. {rest}" if rest else name

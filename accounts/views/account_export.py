"""The accounts list as a file: all that is narrowed, sorted, with the columns that are shown."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from abmops.lib.slices import in_slices
from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from abmops.ui.sheets import sheet_answer
from accounts.selectors import account_list as listing
from accounts.views.account_columns import plain
from accounts.views.account_list import Asked, asked
from accounts.views.people import reader

SLICE = 1_000


@page()
def account_csv(request: HttpRequest) -> HttpResponseBase:
    """As CSV, streamed; times in ISO 8601 with the reader's offset."""
    now, ask = timezone.now(), asked(request)
    return csv_answer("accounts", _header(ask), _lines(request, ask, now))


@page()
def account_xlsx(request: HttpRequest) -> HttpResponseBase:
    """As a workbook; numbers are numbers, and no text is ever a formula."""
    now, ask = timezone.now(), asked(request)
    return sheet_answer("accounts", _header(ask), _lines(request, ask, now))


def _header(ask: Asked) -> list[str]:
    return ["Account", "Domain", "Tier", *(heading.title for heading in _columns(ask))]


def _columns(ask: Asked) -> list[Any]:
    return [heading for heading in ask.columns if heading.name != "domain"]


def _lines(request: HttpRequest, ask: Asked, now: datetime) -> Iterator[list[Any]]:
    """A slice of accounts at a time: memory does not grow with the list."""
    zone, shown = timezone.get_current_timezone(), _columns(ask)
    names = [heading.name for heading in shown]
    found = listing.matching(ask.wanted, user=reader(request), now=now).select_related(
        "owner", "territory", "figures"
    )
    for part in in_slices(found.iterator(chunk_size=SLICE), SLICE):
        for row in listing.rows(part, now=now, shown=names):
            account = row.account
            yield [account.name, account.domain, account.tier, *plain(row, shown, now=now, zone=zone)]

"""What lower apps tell people arrives among their notices, once."""

from datetime import datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from abmops.lib import notices
from abmops.lib.choices import Role
from plays.models import Notice
from tests.accounts import make

pytestmark = pytest.mark.django_db


def tell(users: list[notices.Person], now: datetime, **changed: str) -> None:
    """Say the usual, but for what is named."""
    said = {"kind": "list_week", "subject": "week:2026-11-16", "text": "Two joined.", "url": "/list/weekly/"}
    notices.tell(users, **(said | changed), now=now)


def test_the_same_thing_is_told_once_a_person(now: datetime) -> None:
    ann, ben = make.user(Role.REVOPS), make.user(Role.MARKETER)
    tell([ann, ann], now)
    tell([ann, ben], now, text="Three joined.")
    assert list(Notice.objects.order_by("user").values_list("user", "text")) == [
        (ann.pk, "Two joined."),
        (ben.pk, "Three joined."),
    ]


def test_another_subject_is_another_notice_and_a_long_text_is_cut(now: datetime) -> None:
    ann = make.user(Role.REVOPS)
    tell([ann], now)
    tell([ann], now, subject="week:2026-11-23", text="x" * 500)
    assert sorted(len(notice.text) for notice in Notice.objects.all()) == [11, 400]


def test_what_is_rolled_back_was_never_told(now: datetime) -> None:
    ann = make.user(Role.REVOPS)
    with transaction.atomic():
        tell([ann], now)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_however_many_are_told_it_is_one_statement(now: datetime) -> None:
    people = [make.user(Role.REP) for _ in range(30)]
    with CaptureQueriesContext(connection) as asked:
        tell([*people], now)
    assert len([one for one in asked if one["sql"].startswith("INSERT")]) == 1
    with CaptureQueriesContext(connection) as asked:
        tell([], now)
    assert len(asked) == 0

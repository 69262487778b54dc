"""The rows of a set of changes, and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

from accounts.models import (
    Account,
    AccountEvent,
    AccountFigures,
    Change,
    ChangeSet,
    DuplicatePair,
    ListMembership,
    TierProposal,
    Via,
)

LIST = ListMembership._meta.db_table  # noqa: SLF001
ACCOUNTS = Account._meta.db_table  # noqa: SLF001
# What the program itself derives from a row: it goes with the row and holds nothing back.
DERIVED: list[type[models.Model]] = [AccountEvent, AccountFigures, DuplicatePair, TierProposal]


def derives(model: type[models.Model]) -> None:
    """Say that rows of a model are only worked out from their account; called from an upper app's `ready()`."""
    DERIVED.append(model)


def tables_of(change_set: UUID) -> list[str]:
    """The tables that the set wrote."""
    named = Change.objects.filter(change_set=change_set).order_by("table")
    return list(named.values_list("table", flat=True).distinct())


def model_of(table: str) -> type[models.Model]:
    """The model of a table."""
    return next(model for model in apps.get_models() if model._meta.db_table == table)  # noqa: SLF001


def goes_by_history(change_set: UUID, table: str) -> bool:
    """Whether a table's rows are taken back by new ones: list changes that no file brought."""
    return table == LIST and ChangeSet.objects.get(pk=change_set).via != Via.IMPORT


def relations(model: type[models.Model]) -> Iterable[Any]:
    """What points to rows of a model."""
    return [
        relation
        for relation in model._meta.related_objects  # noqa: SLF001
        if not relation.many_to_many and relation.related_model is not None
    ]


def made_by(change_set: UUID, table: str) -> models.QuerySet[Change, Any]:
    """The ids of the rows that the set made, to be put into a query."""
    return Change.objects.filter(change_set=change_set, table=table, op="I").order_by().values("row_id")

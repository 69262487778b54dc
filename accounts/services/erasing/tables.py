"""Taking a person out of whole tables: every column that can hold words is looked through, none has to be named."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from abmops.lib.erasing import Person, Wording

_AT_ONCE = 500


def forget_in(
    tables: Iterable[type[models.Model]],
    person: Person,
    *,
    skip: Collection[str] = (),
    without: models.Q | None = None,
) -> dict[str, int]:
    """Take the person out of every text, list, JSON and binary column of these models; `skip` names models left alone,
    `without` rows.

    Rows about the contact lose the parts of the name too, rows of the account the name, any row what tells who it is.
    One pass over each table; returns the cleaned rows by the plural of their model.
    """
    cleaned: dict[str, int] = {}
    for model in tables:
        if model.__name__ in skip or _meta(model).proxy or not _meta(model).managed:
            continue
        words, raw = _columns(model)
        count = sum(
            _clean(model, words, raw, wording, condition, value, without)
            for wording, condition, value in _rings(model, person)
        )
        if count:
            cleaned[str(_meta(model).verbose_name_plural)] = count
    return cleaned


def _meta(model: type[models.Model]) -> Any:
    return model._meta  # noqa: SLF001  (Django's public way to a model's columns)


def _rows(model: type[models.Model]) -> models.Manager[Any]:
    rows: models.Manager[Any] = model._base_manager  # noqa: SLF001  (every row, whatever a model's own manager hides)
    return rows


def _rings(model: type[models.Model], person: Person) -> Iterable[tuple[Wording, str, Any]]:
    """What to take out of which rows, the nearest first."""
    columns = {field.column for field in _meta(model).concrete_fields}
    if "contact_id" in columns:
        yield person.own, "contact_id = %s", person.contact_id
    if "account_id" in columns and person.account_id is not None:
        yield person.at_account, "account_id = %s", person.account_id
    if person.account_id is not None:
        for field in _meta(model).concrete_fields:
            above = field.related_model
            if not isinstance(above, type) or not issubclass(above, models.Model):
                continue
            if any(one.column == "account_id" for one in _meta(above).concrete_fields):
                table = connection.ops.quote_name(_meta(above).db_table)
                rows = f"SELECT id FROM {table} WHERE account_id = %s"  # noqa: S608
                yield person.at_account, f"{field.column} IN ({rows})", person.account_id
    yield person.everywhere, "", None


def _columns(model: type[models.Model]) -> tuple[list[models.Field[Any, Any]], list[models.Field[Any, Any]]]:
    """Columns of words, and columns of bytes. Choices and keys are no words."""
    words: list[models.Field[Any, Any]] = []
    raw: list[models.Field[Any, Any]] = []
    for field in _meta(model).concrete_fields:
        if field.primary_key or field.choices or field.is_relation:
            continue
        if isinstance(field, models.BinaryField):
            raw.append(field)
        elif isinstance(field, models.CharField | models.TextField | models.JSONField) or (
            isinstance(field, ArrayField)
            and isinstance(field.base_field, models.CharField | models.TextField)
        ):
            words.append(field)
    return words, raw


def _clean(
    model: type[models.Model],
    words: list[models.Field[Any, Any]],
    raw: list[models.Field[Any, Any]],
    wording: Wording,
    condition: str,
    value: Any,
    without: models.Q | None,
) -> int:
    if not wording.likely or not (words or raw):
        return 0
    quoted: Any = connection.ops.quote_name
    tests: list[str] = []
    params: list[Any] = []
    if words:
        texts = ", ".join(f"{quoted(field.column)}::text" for field in words)
        tests.append(f"concat_ws(' ', {texts}) ILIKE ANY(%s)")
        params.append([f"%{literal(text)}%" for text in wording.likely])
    for field in raw:
        # In any case where it is plain ASCII, as addresses are; other words as they are written.
        tests.append(f"encode({quoted(field.column)}, 'escape') ILIKE ANY(%s)")
        params.append([f"%{literal(text)}%" for text in wording.likely if text.isascii()])
        for text in wording.likely:
            tests.append(f"position(%s::bytea IN {quoted(field.column)}) > 0")
            params.append(text.encode())
    where: str = f"({' OR '.join(tests)})"
    if condition:
        where, params = f"{condition} AND {where}", [value, *params]
    key = _meta(model).pk
    assert key is not None
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {quoted(key.column)} FROM {quoted(_meta(model).db_table)} WHERE {where}",  # noqa: S608
            params,
        )
        found = [row[0] for row in cursor.fetchall()]
    if without is not None and found:
        found = list(_rows(model).filter(pk__in=found).exclude(without).values_list("pk", flat=True))
    names = [field.attname for field in (*words, *raw)]
    count = 0
    for start in range(0, len(found), _AT_ONCE):
        count += _rewrite(model, found[start : start + _AT_ONCE], names, wording)
    return count


def _rewrite(model: type[models.Model], keys: list[Any], names: list[str], wording: Wording) -> int:
    """Write the rows without the words; a row that only seemed to hold them stays as it is."""
    rows = _rows(model).filter(pk__in=keys)
    count = 0
    for row in rows.values("pk", *names):
        changed = {}
        for name in names:
            before = bytes(row[name]) if isinstance(row[name], memoryview) else row[name]
            after = wording.taken_out(before)
            if after != before:
                changed[name] = _fitting(model, name, after)
        if changed:
            count += _rows(model).filter(pk=row["pk"]).update(**changed)
    return count


def _fitting(model: type[models.Model], name: str, value: Any) -> Any:
    longest = getattr(_meta(model).get_field(name), "max_length", None)
    return value[:longest] if longest and isinstance(value, str) else value


def literal(text: str) -> str:
    """The text as a pattern of LIKE that means itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

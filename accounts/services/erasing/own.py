"""What the account graph itself holds of a person, with the change log last: it has written down the rest."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Q

from abmops.lib.erasing import GONE, Person, added
from abmops.work.models import WorkItem
from accounts.models import Contact, Import, ImportFile, ImportRow
from accounts.services.erasing.tables import forget_in, literal

# Staff did not ask; hashes and the erasure itself name nobody; contacts, files and the log have their own way.
LEFT_ALONE = frozenset(
    {"User", "ApiKey", "Suppression", "Erasure", "Change", "ChangeSet", "ImportFile", "ImportRow", "Contact"}
)
_PERSONAL = ("name", "email", "phone", "title", "persona", "do_not_contact_source")


def clean_own(person: Person, *, everything: bool = False) -> dict[str, int]:
    """Take the person out of what was logged of their row; with `everything` out of every table of this app."""
    counts: dict[str, int] = {}
    if everything:
        models = apps.get_app_config("accounts").get_models()
        counts = added(
            [
                _imports(person),
                forget_in(models, person, skip=LEFT_ALONE),
                _others(person),
                # The erasure's own item names the person until it is done, and goes with it.
                forget_in([WorkItem], person, without=Q(kind="erase")),
            ]
        )
    return added([counts, _log(person, everything=everything)])


def _others(person: Person) -> dict[str, int]:
    """Other contacts keep their names and addresses; what was written beside them loses the person's."""
    rows = 0
    for contact in Contact.objects.filter(do_not_contact_source__gt="").filter(_mentions(person)):
        said = person.everywhere.taken_out(contact.do_not_contact_source)
        if said != contact.do_not_contact_source:
            rows += Contact.objects.filter(pk=contact.pk).update(do_not_contact_source=said)
    return {"notes beside other contacts": rows}


def _mentions(person: Person) -> Q:
    said = Q(pk__in=[])
    for text in person.everywhere.likely:
        said |= Q(do_not_contact_source__icontains=text)
    return said


def _imports(person: Person) -> dict[str, int]:
    """Rows of files that are about the person lose every cell, others the words; their files go, as wholes."""
    blank = 0
    touched: set[int] = set()
    likely = [f"%{literal(text)}%" for text in person.everywhere.likely]
    about = ImportRow.objects.filter(of__kind=Import.Kind.CONTACTS, row_id=person.contact_id)
    ids = set(about.values_list("pk", flat=True))
    if likely:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM accounts_importrow WHERE "
                "concat_ws(' ', array_to_string(cells, ' '), changes::text, errors::text) ILIKE ANY(%s)",
                [likely],
            )
            ids |= {row[0] for row in cursor.fetchall()}
    for row in ImportRow.objects.filter(pk__in=ids).select_related("of").order_by("pk"):
        wording = person.everywhere
        names_them = wording.taken_out(row.cells) != row.cells
        is_about = row.of.kind == Import.Kind.CONTACTS and (names_them or row.row_id == person.contact_id)
        ImportRow.objects.filter(pk=row.pk).update(
            cells=[GONE if cell else cell for cell in row.cells]
            if is_about
            else wording.taken_out(row.cells),
            changes={} if is_about else wording.taken_out(row.changes),
            errors=wording.taken_out(row.errors),
        )
        if is_about or names_them:
            touched.add(row.of_id)
            blank += 1
    return {"lines of imports": blank, "imported files": _files(person, touched)}


def _files(person: Person, touched: set[int]) -> int:
    """A file that names the person goes, as a whole: what it brought stays, it cannot be run again."""
    wanted = re.compile(
        b"|".join(
            re.escape(text.encode(encoding))
            for text in person.everywhere.likely
            for encoding in ("utf-8", "utf-16-le", "utf-16-be")
        ),
        re.IGNORECASE,
    )
    gone = set(touched)
    if person.everywhere.likely:
        for pk in ImportFile.objects.order_by("of_id").values_list("of_id", flat=True).distinct():
            if pk not in gone and any(wanted.search(text) for text in _texts(pk)):
                gone.add(pk)
    gone &= set(ImportFile.objects.filter(of__in=gone).values_list("of_id", flat=True))
    ImportFile.objects.filter(of__in=gone).delete()
    waiting = Import.objects.filter(pk__in=gone).exclude(
        state__in=(Import.State.DONE, Import.State.UNDONE, Import.State.FAILED)
    )
    waiting.update(
        state=Import.State.FAILED,
        problem="A person in this file asked to be erased, so the file is gone. Upload it again without them.",
    )
    return len(gone)


def _texts(import_id: int) -> Iterator[bytes]:
    """The file as it lies there; a workbook's sheets unpacked."""
    pieces = ImportFile.objects.filter(of=import_id).order_by("number").values_list("body", flat=True)
    whole = b"".join(bytes(piece) for piece in pieces)
    if not whole.startswith(b"PK"):
        yield whole
        return
    try:
        with zipfile.ZipFile(io.BytesIO(whole)) as book:
            for name in book.namelist():
                yield book.read(name)
    except (zipfile.BadZipFile, RuntimeError, OSError):
        yield whole


_LOGGED = """
UPDATE accounts_change SET before = before - %(keys)s::text[], after = after - %(keys)s::text[]
WHERE "table" = 'accounts_contact' AND row_id = %(contact)s
  AND (before ?| %(keys)s::text[] OR after ?| %(keys)s::text[])
"""
_LOGGED_BESIDE = """
UPDATE accounts_change SET before = before - '{value,source}'::text[], after = after - '{value,source}'::text[]
WHERE "table" IN ('accounts_contactexternalid', 'accounts_contactoptout')
  AND (before->>'contact_id' = %(contact)s::text OR after->>'contact_id' = %(contact)s::text)
  AND (before ?| '{value,source}'::text[] OR after ?| '{value,source}'::text[])
"""


def _log(person: Person, *, everything: bool) -> dict[str, int]:
    """The change log keeps that something changed, and when, and by whom; not what the person was called."""
    params: dict[str, Any] = {"keys": list(_PERSONAL), "contact": person.contact_id}
    with connection.cursor() as cursor:
        cursor.execute(_LOGGED, params)
        rows = cursor.rowcount
        if everything:
            cursor.execute(_LOGGED_BESIDE, params)
            rows += cursor.rowcount
    if not everything:
        return {"lines of the change log": rows}
    models = [model for model in apps.get_app_config("accounts").get_models() if model.__name__ in _LOG]
    found = forget_in(models, person)
    return {"lines of the change log": rows + sum(found.values())}


_LOG = frozenset({"Change", "ChangeSet"})

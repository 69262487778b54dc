"""A file of signals is a kind of import: its columns, how its rows are checked, and the one door that takes them in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from abmops.rest.records import Field, Wrong
from accounts.domain import tables
from accounts.domain.tables import Type
from accounts.models import Import
from accounts.services import importing
from signals.api.fields import Number
from signals.api.signal import SIGNAL
from signals.models import SignalType, Source
from signals.services import file_removal
from signals.services.sending import KEYS, send_records

KIND = Import.Kind.SIGNALS.value
COLUMNS = (
    tables.Field("source", "Source", help="Its slug, such as intent-data."),
    tables.Field("type", "Signal type", help="Its slug, such as topic-surge."),
    tables.Field("account_domain", "Account's domain", help="Any of its domains; a web address will do."),
    tables.Field("account_external_id", "Account's id in another system", Type.ID),
    tables.Field("contact_email", "Contact's e-mail"),
    tables.Field("topic", "Topic"),
    tables.Field("strength", "Strength, 0 to 100", Type.NUMBER, "The source's own; scales the points."),
    tables.Field("occurred_at", "When", Type.MOMENT),
    tables.Field(
        "message_id", "Message's id", Type.ID, "Makes a row one signal, in whatever file it comes again."
    ),
    tables.Field("properties.", "Worth keeping", help="What it is called.", open=True),
)
TITLES = {
    "source": "source|quelle|?vendor|?provider|?anbieter",
    "type": "signal type|signal|event type|?event|?activity|?type|signalart|type de signal",
    "account_domain": "account domain|company domain|domain|company domain name|website|company website|webseite"
    "|domaine|dominio|?url",
    "account_external_id": "account id|accountid|company id|account external id|external id|?record id",
    "contact_email": "contact email|email|e mail|work email|e mail adresse|courriel|correo electrónico",
    "topic": "topic|topic name|intent topic|thema|sujet|tema|?category",
    "strength": "strength|composite score|surge score|intent score|stärke|?score|?intensity",
    "occurred_at": "occurred at|timestamp|date|week|week of|week ending|datum|fecha|quand|when|time|event date"
    "|?report date|?created at",
    "message_id": "message id|messageid|event id|signal id|uuid|?id",
}


@dataclass(frozen=True, slots=True)
class Figure(Number):
    """A number that a cell has as text."""

    def read(self, value: Any, now: datetime) -> float:
        """The number of a cell; Wrong where it is none or lies outside of the bounds."""
        try:
            return Number.read(self, float(value) if isinstance(value, str) else value, now)
        except ValueError:
            raise Wrong(f"“{str(value)[:40]}” is not a number. Write it like 72 or 72.5.") from None


def _of_a_row(field: Field) -> Field:
    """The reader of a record's field, for what a cell can hold."""
    if isinstance(field, Number):
        return Figure(field.name, field.help, field.required, field.null, field.least, field.most)
    return field


def _write(records: importing.Records, import_: Import, now: datetime) -> importing.Written:
    """The rows into the inbox, by the door that every record comes through."""
    file_removal.remember(import_, now)
    return importing.Written(send_records(records=records, now=now), {})


def _keys(record: dict[str, Any]) -> dict[tuple[str, ...], str]:
    named = record.get("message_id")
    return {("message_id", str(record.get("source", "")), str(named)): "/message_id"} if named else {}


def _before(import_: Import, number: int) -> dict[str, Any]:
    """What a row says when the file does not. Without a message id of its own a signal is the file's line: the same
    file again stores nothing twice."""
    known = {name: import_.answers[name] for name in ("source", "type") if import_.answers.get(name)}
    return known | {"message_id": f"file:{import_.sha256[:16]}:{number}"}


def _sources() -> list[tuple[str, str]]:
    return list(Source.objects.filter(is_active=True).order_by("name").values_list("slug", "name"))


def _types() -> list[tuple[str, str]]:
    return list(SignalType.objects.filter(is_active=True).order_by("name").values_list("slug", "name"))


def register() -> None:
    """Called once the models are loaded."""
    tables.learn(KIND, COLUMNS, TITLES)
    importing.add(
        importing.Kind(
            name=KIND,
            table="signals_signal",
            parts={},
            write=_write,
            keys=_keys,
            needed=(KEYS, ("occurred_at",)),
            before=_before,
            asks=(
                importing.Ask("source", "Which source are the signals from?", _sources),
                importing.Ask("type", "Which type of signal are they?", _types),
            ),
            back=importing.Back(
                plan=file_removal.plan,
                begin=file_removal.begin,
                step=file_removal.step,
                stage=file_removal.stage,
                url=file_removal.url,
                template="signals/removals/of_file.html",
            ),
        ),
        tuple(_of_a_row(field) for field in SIGNAL),
    )

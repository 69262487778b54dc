"""Topics: which third-party interests are followed."""

from __future__ import annotations

from django.db import transaction

from abmops.lib.errors import Conflict, FieldErrors
from signals.domain.catalogue import topic_key
from signals.models import Topic
from signals.services.definitions.written import Written, change, insert


@transaction.atomic
def put_topic(*, name: str, is_active: bool = True) -> Written[Topic]:
    """Follow a topic, or stop following it; however it is written it is one. The first way of writing stays."""
    name = " ".join(name.split())
    key = topic_key(name)
    if not key:
        raise FieldErrors.one("/name", "Give the topic's name, as your provider calls it.")
    row = Topic.objects.select_for_update().filter(key=key).first()
    if row is not None:
        return Written(row, created=False, changed=change(row, {"is_active": is_active}))
    row = Topic(name=name[:120], key=key[:120], is_active=is_active)
    insert(row, "topic")
    return Written(row, created=True, changed=True)


@transaction.atomic
def change_topic(*, topic: Topic, name: str | None = None, is_active: bool | None = None) -> Written[Topic]:
    """Another name, or followed or not. Conflict where another topic has the name."""
    values: dict[str, object] = {} if is_active is None else {"is_active": is_active}
    if name is not None:
        said = " ".join(name.split())
        if not said:
            raise FieldErrors.one("/name", "Give the topic's name, as your provider calls it.")
        key = topic_key(said)[:120]
        if Topic.objects.filter(key=key).exclude(pk=topic.pk).exists():
            raise Conflict(f"There is a topic “{said}” already.")
        values |= {"name": said[:120], "key": key}
    row = Topic.objects.select_for_update().get(pk=topic.pk)
    return Written(row, created=False, changed=change(row, values))

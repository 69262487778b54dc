"""What a person does with surfaces: adds, changes, tries, switches off and on, changes the secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.text import slugify

from abmops.lib.errors import Conflict, FieldError, FieldErrors, Refused
from abmops.work import services as work
from accounts.models import User
from plays import surfaces
from plays.domain import outgoing
from plays.models import Delivery, Endpoint
from plays.models.endpoint import MAIL
from plays.services.outbox import sealing
from plays.services.outbox.ending import switch_off
from plays.services.outbox.publishing import item_of, put_deliveries
from plays.surfaces import Address
from signals.services.definitions.written import insert


@transaction.atomic
def add_endpoint(
    *, name: str, surface: str, target: str, secret: str, types: Sequence[str], owner: User, now: datetime
) -> Endpoint:
    """Add a place to send to. Its address is checked, also against private networks; nothing is sent yet."""
    if surface not in Endpoint.Surface.values:
        raise FieldErrors.one("/surface", f"Choose one of {', '.join(Endpoint.Surface.values)}.")
    shown, sealed = _checked(surface, name=name, target=target, secret=secret, types=types)
    endpoint = Endpoint(
        slug=_slug(name),
        name=name.strip(),
        surface=surface,
        target=shown,
        secret=sealed,
        types=_types(types),
        owner=owner,
        created_at=now,
        updated_at=now,
    )
    insert(endpoint, "surface")
    return endpoint


@transaction.atomic
def change_endpoint(
    *,
    endpoint: Endpoint,
    name: str,
    target: str,
    secret: str,
    types: Sequence[str],
    owner: User | None,
    now: datetime,
) -> Endpoint:
    """Change a surface. An empty `secret` keeps the one there is; it is never shown."""
    fresh = Endpoint.objects.select_for_update(of=("self",)).get(pk=endpoint.pk)
    if fresh.slug != MAIL:
        kept = secret.strip() or sealing.unseal(fresh.secret)
        if fresh.surface == Endpoint.Surface.SLACK_WEBHOOK and not secret.strip():
            target = fresh.target
        shown, sealed = _checked(fresh.surface, name=name, target=target, secret=kept, types=types)
        fresh.target, fresh.secret, fresh.types = shown, sealed, _types(types)
    fresh.name, fresh.owner, fresh.updated_at = name.strip(), owner, now
    fresh.save()
    return fresh


@transaction.atomic
def rotate_secret(*, endpoint: Endpoint, now: datetime) -> str:
    """Another signing secret, returned to be shown; for a day messages are signed under both."""
    if endpoint.surface != Endpoint.Surface.WEBHOOK:
        raise Refused("Only a webhook has a signing secret.")
    Endpoint.objects.filter(pk=endpoint.pk).update(
        signing_number=F("signing_number") + 1, signing_rotated_at=now, updated_at=now
    )
    endpoint.refresh_from_db(fields=["signing_number", "signing_rotated_at", "updated_at"])
    return sealing.signing_secret(endpoint)


@transaction.atomic
def disable_endpoint(*, endpoint: Endpoint, by: User, now: datetime) -> None:
    """Switch it off. What waits for it stays; what happens while it is off is not sent later."""
    fresh = Endpoint.objects.select_for_update(of=("self",), no_key=True).get(pk=endpoint.pk)
    if not fresh.is_active:
        raise Conflict(f"{fresh.name} is switched off already.")
    switch_off(fresh, reason=f"Switched off by {by}.", now=now, quiet=by.pk == fresh.owner_id)


@transaction.atomic
def enable_endpoint(*, endpoint: Endpoint, now: datetime) -> int:
    """Switch it on with a closed breaker; how many messages had waited and go now, with three days of their own."""
    fresh = Endpoint.objects.select_for_update(of=("self",), no_key=True).get(pk=endpoint.pk)
    if fresh.is_active:
        raise Conflict(f"{fresh.name} is switched on already.")
    fresh.disabled_at, fresh.disabled_reason = None, ""
    fresh.failures, fresh.open_until, fresh.free_at, fresh.updated_at = 0, None, None, now
    fresh.save()
    waiting = list(Delivery.objects.waiting().filter(endpoint=fresh).select_for_update(of=("self",)))
    Delivery.objects.filter(pk__in=[one.pk for one in waiting]).update(
        turn=F("turn") + 1, next_at=now, put_at=now, waits_for=""
    )
    for one in waiting:
        one.turn, one.next_at = one.turn + 1, now
    work.put_many(item_of(one) for one in waiting)
    return len(waiting)


@transaction.atomic
def send_test(*, endpoint: Endpoint, by: User, now: datetime) -> Delivery:
    """A message that says only that it is a test, sent like every other."""
    if not endpoint.is_active:
        raise Refused(f"{endpoint.name} is switched off. Switch it on first.")
    if problem := surfaces.named(endpoint.surface).problem():
        raise Refused(problem)
    text = f"{by} sent this from abmops to see whether messages arrive."
    (delivery,) = put_deliveries(
        [
            Delivery(
                endpoint=endpoint,
                key=f"test:{endpoint.pk}:{now:%Y%m%dT%H%M%S%f}",
                type=outgoing.TEST,
                body={
                    "subject": "A test message",
                    "text": text,
                    "url": f"/settings/surfaces/{endpoint.pk}/",
                    "data": {"subject": "A test message", "text": text},
                },
                user=by if endpoint.slug == MAIL else None,
                next_at=now,
                put_at=now,
            )
        ],
        now=now,
    )
    return delivery


def _checked(surface: str, *, name: str, target: str, secret: str, types: Sequence[str]) -> tuple[str, str]:
    """The address as it is stored: what may be shown, and what may not, sealed."""
    errors: list[FieldError] = []
    if not name.strip():
        errors.append(FieldError("/name", "Give it a name that people recognise."))
    if unknown := sorted(set(types) - set(outgoing.EVENTS)):
        errors.append(FieldError("/types", f"“{unknown[0]}” is no event."))
    spoken = surfaces.named(surface)
    address = Address(target=target.strip(), secret=secret.strip())
    keeps_target = surface == Endpoint.Surface.SLACK_WEBHOOK
    if problem := spoken.check(address):
        errors.append(FieldError(f"/{problem.part}", problem.sentence))
    if errors:
        raise FieldErrors(errors)
    shown = spoken.shown(address) if keeps_target else address.target
    return shown, sealing.seal(address.secret)


def _types(types: Sequence[str]) -> list[str]:
    return [name for name in outgoing.EVENTS if name in set(types)]


def _slug(name: str) -> str:
    """A name for steps to call it by, unique."""
    wanted = slugify(name)[:50] or "surface"
    taken = set(Endpoint.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    if wanted not in taken and wanted != MAIL:
        return wanted
    return next(slug for number in range(2, 10_000) if (slug := f"{wanted}-{number}") not in taken)

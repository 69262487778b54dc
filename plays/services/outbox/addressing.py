"""A delivery as the message that a surface sends, and to whom, looked up at the moment of sending."""

from __future__ import annotations

from django.conf import settings

from abmops.lib.errors import Refused
from abmops.lib.ids import moment_of
from plays.domain import outgoing
from plays.domain.announcing import words_of
from plays.models import Delivery, Endpoint, NoticeWishes
from plays.surfaces import Message

NOTICES_PAGE = "/settings/notices/"


def absolute(url: str) -> str:
    """A page of ours as the world outside reaches it; what is already absolute stays."""
    return f"{settings.SITE_URL}{url}" if url.startswith("/") else url


def message_of(delivery: Delivery) -> Message:
    """What is said, word for word the same in every attempt and replay."""
    body = delivery.body if isinstance(delivery.body, dict) else {}
    data = body.get("data") or {}
    if delivery.type in outgoing.EVENTS:
        subject, text = words_of(delivery.type, data)
        url = str(data.get("url") or "")
    else:
        subject, text, url = (str(body.get(name) or "") for name in ("subject", "text", "url"))
    return Message(
        id=str(delivery.pk),
        type=delivery.type,
        at=moment_of(delivery.pk),
        subject=subject[:300],
        text=text,
        url=absolute(url) if url else "",
        button=str(body.get("button") or "Open in abmops"),
        data={**data, "url": absolute(str(data["url"]))} if data.get("url") else data,
        manage_url=absolute(NOTICES_PAGE) if delivery.user_id is not None else "",
        sender=str(body.get("reply_to") or ""),
    )


def recipient_of(delivery: Delivery, endpoint: Endpoint) -> str:
    """The one it goes to where the endpoint itself is not: a person's or a contact's address as it is now.

    Refused where there is none.
    """
    if delivery.user is not None:
        if endpoint.surface == Endpoint.Surface.EMAIL:
            return delivery.user.email
        wishes = NoticeWishes.objects.filter(user=delivery.user).first()
        if wishes is None or not wishes.slack_member:
            raise Refused("The person has no Slack member id in their notice settings.")
        return wishes.slack_member
    if delivery.step_run_id is not None and endpoint.surface == Endpoint.Surface.EMAIL:
        if delivery.contact is None or not delivery.contact.email:
            raise Refused("The person it was for has no e-mail address.")
        return delivery.contact.email
    return ""

"""What the sample's catalogue shows: topics that are followed, who owns a source, and the signals counted by hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from abmops.lib.choices import Role
from abmops.sample import life
from accounts.models import User
from signals.models import Source
from signals.services import definitions, volumes

LEFT_OUT = 1
"""Topics that are heard and not followed, so that the page has one to follow."""


def write(*, end: datetime) -> None:
    """Follow all topics but the last, give marketing the website, and count the year."""
    for name in life.TOPICS[:-LEFT_OUT]:
        definitions.put_topic(name=name)
    marketer = User.objects.filter(role=Role.MARKETER, is_active=True).order_by("email").first()
    website = Source.objects.filter(slug="website").first()
    if marketer is not None and website is not None:
        definitions.put_source(slug=website.slug, fields={"owner": marketer})
    volumes.fill(since=end - timedelta(weeks=52), until=end)

"""What signals add to the pages of accounts: the score taken apart, the trend, and two columns of the list."""

from datetime import datetime, timedelta
from typing import Any

from abmops.lib import engagement, panels
from abmops.lib.ids import first_uuid7
from abmops.ui import navigation
from signals import columns
from signals.models import Signal
from signals.views.counts import fresh_crossings


def register() -> None:
    """Put this app's parts on the pages of accounts and on Health; called from `ready()`."""
    panels.register(slot="account", name="score", title="Score", url_name="signals:score_panel", order=10)
    panels.register(
        slot="account.aside", name="signals", title="Signals", url_name="signals:trend_panel", order=50
    )
    panels.register(
        slot="account.peek", name="peek-score", title="Score", url_name="signals:peek_panel", order=10
    )
    panels.register(
        slot="health", name="source-alerts", title="Sources", url_name="signals:source_alerts", order=10
    )
    columns.register()
    engagement.register("signals", heard)
    navigation.count("signals:list", fresh_crossings)


def heard(since: datetime, until: datetime) -> Any:
    """Signals of known contacts in a window. The table is partitioned by the time-ordered id, and no signal is received
    before it occurred."""
    return Signal.objects.filter(
        contact__isnull=False,
        occurred_at__gte=since,
        occurred_at__lt=until,
        id__gte=first_uuid7(since - timedelta(days=1)),
    )

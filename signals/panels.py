"""What signals add to the pages of accounts: the score taken apart, the trend, and two columns of the list."""

from abmops.lib import panels
from abmops.ui import navigation
from signals import columns
from signals.views.counts import fresh_crossings


def register() -> None:
    """Called from the app's `ready()`."""
    panels.register(slot="account", name="score", title="Score", url_name="signals:score_panel", order=10)
    panels.register(
        slot="account.aside", name="signals", title="Signals", url_name="signals:trend_panel", order=50
    )
    panels.register(
        slot="account.peek", name="peek-score", title="Score", url_name="signals:peek_panel", order=10
    )
    columns.register()
    navigation.count("signals:list", fresh_crossings)

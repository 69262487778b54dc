"""What this app adds to the account page by itself: its history, which loads when somebody looks."""

from abmops.lib import panels


def register() -> None:
    """Called from the app's `ready()`."""
    panels.register(
        slot="account.aside", name="history", title="History", url_name="changes:of_account", order=90
    )

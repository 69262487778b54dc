"""What imports register: their work, their tidying, and how their records are checked."""

from datetime import timedelta

from abmops.work import kinds
from abmops.work import services as work
from accounts.api import records
from accounts.jobs.importing import IMPORT, drop_files
from accounts.services import importing


def start() -> None:
    """Called once the models are loaded."""
    kinds.register(IMPORT)
    work.periodic("accounts.drop_import_files", every=timedelta(days=1), handler=drop_files)
    importing.register("accounts", records.ACCOUNT)
    importing.register("contacts", records.CONTACT)
    importing.register("opportunities", records.OPPORTUNITY)
    importing.register("touches", records.TOUCH)
    importing.register("list_changes", records.LIST_CHANGE)

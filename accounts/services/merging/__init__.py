"""Two accounts made one, with a preview, and taken apart again."""

from accounts.services.merging.act import merge_accounts, undo_merge
from accounts.services.merging.preview import Preview, asks_reason, preview

__all__ = ["Preview", "asks_reason", "merge_accounts", "preview", "undo_merge"]

"""Two accounts made one, with a preview, and taken apart again."""

from accounts.services.merging.act import Preview, asks_reason, merge_accounts, preview, undo_merge

__all__ = ["Preview", "asks_reason", "merge_accounts", "preview", "undo_merge"]

"""Writing accounts: upserts, ownership, fit."""

from accounts.services.account.fit import adopt_icp, refresh_fit
from accounts.services.account.removal import remove_account
from accounts.services.account.upsert import upsert_accounts

__all__ = ["adopt_icp", "refresh_fit", "remove_account", "upsert_accounts"]

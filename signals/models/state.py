"""The rolling state of an account: constant in size, however long its history."""

from __future__ import annotations

from django.db import models

from accounts.models import Account


class AccountState(models.Model):
    """An account's scores and what its thresholds remember; also the lock its signals queue for.

    `armed` holds per threshold id whether it was met, when it last crossed and since when it has been false. `intent`,
    `score` are as of `scored_at`; they decay, so a page that shows one account works them out again. They are written
    for every account each quarter of an hour, so what is long stands in `AccountMemory`.
    """

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="state")
    armed = models.JSONField(default=dict)
    intent = models.FloatField(default=0)
    score = models.FloatField(default=0, db_index=True)
    score_week_ago = models.FloatField(default=0)
    scored_at = models.DateTimeField(null=True, blank=True)
    last_signal_at = models.DateTimeField(null=True, blank=True)
    signals_seen = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"State of account {self.account_id}"


class AccountMemory(models.Model):
    """What the thresholds and the score need to know of an account's signals, written under the lock of `AccountState`.

    `state` is `signals.domain.state.RollingState.dump()`. No column that changes is indexed and pages keep room, so
    that a row is written again within its page.
    """

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="memory")
    state = models.BinaryField(default=bytes)

    def __str__(self) -> str:
        return f"Memory of account {self.account_id}"

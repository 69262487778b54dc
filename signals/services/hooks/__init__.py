"""A source's hook: whatever JSON, NDJSON or CSV a sender posts, made records by the source's mapping.

    POST /hooks/{source}/ ─▶ webhooks (who, how large) ─▶ take ─▶ opening (JSON, NDJSON, CSV) ─▶ domain.mapping
        ─▶ the readers of the native bulk ─▶ sending.send_records ─▶ inbox; the refused beside it, the call as a row

All of one call is one transaction: the sender hears 200 when it is stored, and the same call again stores nothing.
"""

from signals.services.hooks.making import Batch
from signals.services.hooks.opening import MAX_BODY
from signals.services.hooks.secrets import FORMER_VALID, rotate_secret, secret_of, secrets_in_force
from signals.services.hooks.taking import Taken, none_of, take
from signals.services.hooks.trying import Tried, try_out
from signals.services.hooks.writing import forget_calls, mapping_of, put_mapping, standard_mapping

__all__ = [
    "FORMER_VALID",
    "MAX_BODY",
    "Batch",
    "Taken",
    "Tried",
    "forget_calls",
    "mapping_of",
    "none_of",
    "put_mapping",
    "rotate_secret",
    "secret_of",
    "secrets_in_force",
    "standard_mapping",
    "take",
    "try_out",
]

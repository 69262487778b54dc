"""What people say of a signal or a crossing [F6]: once a person and thing, changeable, withdrawable."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors, NotKnown, Refused
from accounts.models import User
from signals.models import Feedback

SAYERS = frozenset({Role.REP, Role.MARKETER, Role.REVOPS})
"""Who works with signals: sales and customer success, marketing, RevOps. Executives and integrations read."""

NOTE_LENGTH = 400


def may_say(user: User) -> bool:
    """Whether the person may give feedback: their role is one of `SAYERS`."""
    return any(user.has_role(role) for role in SAYERS)


@transaction.atomic
def say(
    *,
    user: User,
    verdict: str | None,
    now: datetime,
    crossing: int | None = None,
    signal: UUID | None = None,
    note: str | None = None,
) -> Feedback | None:
    """Say good, neutral or noise of one crossing or one signal; None takes the person's word back.

    The wish is absolute, so that the same click twice, or in two tabs, is one word: the last one said. Saying the same
    again keeps its moment. `note` left out keeps the note there is. Refused for roles that do not work with signals;
    NotKnown where the thing is gone.
    """
    if not may_say(user):
        raise Refused("Sales, marketing and RevOps say what a signal was worth; your role reads it.")
    if verdict is not None and verdict not in Feedback.Verdict.values:
        raise FieldErrors.one("/verdict", "Must be one of good, neutral and noise.")
    if note is not None and len(note) > NOTE_LENGTH:
        raise FieldErrors.one("/note", f"May have {NOTE_LENGTH} characters; this has {len(note)}.")
    if (crossing is None) == (signal is None):
        raise TypeError("Feedback is about one crossing or one signal.")
    mine = Feedback.objects.filter(user=user, crossing=crossing, signal_id=signal)
    if verdict is None:
        mine.delete()
        return None
    statement, thing = (_OF_CROSSING, crossing) if crossing is not None else (_OF_SIGNAL, signal)
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "user": user.pk,
                "thing": thing,
                "verdict": verdict,
                "note": (note or "").strip(),
                "keep": note is None,
                "at": now,
            },
        )
    row = mine.first()
    if row is None:
        what = "crossing" if crossing is not None else "signal of a known account"
        raise NotKnown(f"There is no such {what} any more; it was removed, or never came.")
    return row


# The account is read under a lock that a merge waits for, so that the word goes where its thing goes.
_SAID = """
DO UPDATE SET verdict = EXCLUDED.verdict, at = EXCLUDED.at,
    note = CASE WHEN %(keep)s THEN signals_feedback.note ELSE EXCLUDED.note END
WHERE signals_feedback.verdict <> EXCLUDED.verdict OR NOT %(keep)s AND signals_feedback.note <> EXCLUDED.note
"""
_OF_CROSSING = f"""
INSERT INTO signals_feedback (user_id, account_id, signal_id, crossing_id, verdict, note, at)
SELECT %(user)s, t.account_id, NULL, t.id, %(verdict)s, %(note)s, %(at)s
FROM signals_crossing t WHERE t.id = %(thing)s FOR SHARE
ON CONFLICT (user_id, crossing_id) WHERE crossing_id IS NOT NULL {_SAID}
"""  # noqa: S608
_OF_SIGNAL = f"""
INSERT INTO signals_feedback (user_id, account_id, signal_id, crossing_id, verdict, note, at)
SELECT %(user)s, t.account_id, t.id, NULL, %(verdict)s, %(note)s, %(at)s
FROM signals_signal t WHERE t.id = %(thing)s::uuid AND t.account_id IS NOT NULL FOR SHARE
ON CONFLICT (user_id, signal_id) WHERE signal_id IS NOT NULL {_SAID}
"""  # noqa: S608

"""How far the program has come with an account [J]: it rises by rule, and only a person takes it back."""

LADDER = ("awareness", "engagement", "active", "expand")
# Two distinct qualifying signals: another type, or another contact.
SIGNALS_FOR_ENGAGEMENT = 2


def is_rise(current: str, reached: str) -> bool:
    """Whether `reached` lies above `current`; an account that is out stays out until somebody brings it back."""
    return current in LADDER and LADDER.index(reached) > LADDER.index(current)


def reached_by(kind: str, outcome: str | None = None) -> str | None:
    """The phase that an account event speaks for: a booked meeting is active, a won deal is expand."""
    if kind == "meeting_booked":
        return "active"
    if kind == "opportunity_stage" and outcome == "won":
        return "expand"
    return None

"""How a task can go: the outcomes of each channel, and what each means beyond closing the task."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Meaning = Literal["", "meeting", "again", "wrong", "replied", "said_no", "off"]
"""What an outcome sets off.

meeting: one is booked, which ends the plays that wait for it. again: nobody was reached, so the step is tried anew
while the play has tries left. wrong: the number or address is no good; it is taken off and somebody else is tried.
replied: they answered, which counts as theirs. said_no: they do not want this channel any more. off: the meeting that
is booked next does not take place.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way a task can go. `touches`: something has reached the account, or was sent its way."""

    key: str
    label: str
    meaning: Meaning = ""
    touches: bool = True

    @property
    def asks_when(self) -> bool:
        """Whether the outcome needs a day and time: a booked meeting does."""
        return self.meaning == "meeting"


MEETING: Final = Outcome("meeting_booked", "Meeting booked", "meeting")
SAID_NO: Final = Outcome("said_no", "Said no", "said_no")
DONE: Final = Outcome("", "Done")

OUTCOMES: Final[Mapping[str, tuple[Outcome, ...]]] = {
    "call": (
        Outcome("reached", "Reached"),
        Outcome("no_answer", "No answer", "again"),
        Outcome("left_message", "Left a message"),
        MEETING,
        Outcome("wrong_number", "Wrong number", "wrong", touches=False),
        SAID_NO,
    ),
    "email": (
        Outcome("sent", "Sent"),
        Outcome("replied", "Replied", "replied"),
        MEETING,
        Outcome("bounced", "Came back", "wrong", touches=False),
        SAID_NO,
    ),
    "linkedin": (
        Outcome("sent", "Sent"),
        Outcome("accepted", "Accepted"),
        Outcome("replied", "Replied", "replied"),
        MEETING,
        SAID_NO,
    ),
    "meeting": (
        Outcome("held", "Held"),
        MEETING,
        Outcome("no_show", "Did not come", "again", touches=False),
        Outcome("called_off", "Called off", "off", touches=False),
    ),
    "direct_mail": (
        Outcome("sent", "Sent"),
        Outcome("answered", "They answered", "replied"),
        Outcome("returned", "Came back", touches=False),
    ),
    "event": (
        Outcome("invited", "Invited"),
        Outcome("registered", "Registered", "replied"),
        Outcome("declined", "Declined"),
    ),
}
"""Channel -> its outcomes, in the order of the keys 1 to 6. Ads, the web and anything else are simply done."""


def outcomes_of(channel: str) -> tuple[Outcome, ...]:
    """What can be said of a task of this channel, besides that it is done."""
    return OUTCOMES.get(channel, ())


def outcome_named(channel: str, key: str) -> Outcome | None:
    """The outcome, if the channel has it; an empty key is plainly done."""
    if not key:
        return DONE
    return next((one for one in outcomes_of(channel) if one.key == key), None)


LABELS: Final = {one.key: one.label for found in OUTCOMES.values() for one in found}
"""Key -> words, for lists over several channels."""

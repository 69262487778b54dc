"""Touches in one line of the timeline: every channel both ways, with a name and without."""

import pytest

from abmops.lib.choices import Channel, Direction
from accounts.domain.touch_words import touch_words


@pytest.mark.parametrize(
    ("channel", "direction", "whom", "words"),
    [
        pytest.param("call", "outbound", "Ann Lee", "Call to Ann Lee", id="we rang"),
        pytest.param("call", "inbound", "Ann Lee", "Call from Ann Lee", id="they rang"),
        pytest.param("ad", "outbound", "", "Ad shown", id="nobody is named"),
        pytest.param("other", "outbound", "Ann Lee", "Contact with Ann Lee", id="a channel without a name"),
        pytest.param("other", "inbound", "", "They got in touch", id="neither name nor channel"),
        pytest.param("email", "outbound", "{0} {}", "Email to {0} {}", id="a name is no template"),
    ],
)
def test_a_touch_reads_as_a_person_would_say_it(channel: str, direction: str, whom: str, words: str) -> None:
    assert touch_words(channel, direction, whom) == words


@pytest.mark.parametrize("channel", Channel.values)
@pytest.mark.parametrize("whom", ["", "Ann Lee"])
def test_who_began_it_can_be_told_on_every_channel(channel: str, whom: str) -> None:
    lines = {touch_words(channel, direction, whom) for direction in Direction.values}
    assert len(lines) == len(Direction.values)
    assert all(whom in line for line in lines)

"""How a touch reads in one line: what happened on which channel, with whom, and who began it."""

from abmops.lib.choices import Channel, Direction

_OURS = {
    Channel.AD: ("Ad shown to {}", "Ad shown"),
    Channel.EMAIL: ("Email to {}", "Email sent"),
    Channel.CALL: ("Call to {}", "Call made"),
    Channel.LINKEDIN: ("LinkedIn contact with {}", "LinkedIn contact"),
    Channel.EVENT: ("Event with {}", "Event"),
    Channel.DIRECT_MAIL: ("Direct mail to {}", "Direct mail sent"),
    Channel.WEB: ("Web contact with {}", "Web contact"),
    Channel.MEETING: ("Meeting with {}", "Meeting"),
    Channel.OTHER: ("Contact with {}", "Contact"),
}
_THEIRS = {
    Channel.AD: ("Answer to an ad from {}", "Answer to an ad"),
    Channel.EMAIL: ("Email from {}", "Email received"),
    Channel.CALL: ("Call from {}", "Call received"),
    Channel.LINKEDIN: ("LinkedIn contact from {}", "LinkedIn contact from them"),
    Channel.EVENT: ("{} came to an event", "They came to an event"),
    Channel.DIRECT_MAIL: ("Mail from {}", "Mail received"),
    Channel.WEB: ("Web visit by {}", "Web visit"),
    Channel.MEETING: ("Meeting that {} asked for", "Meeting that they asked for"),
    Channel.OTHER: ("{} got in touch", "They got in touch"),
}


def touch_words(channel: str, direction: str, whom: str) -> str:
    """The line; `whom` is empty where nobody is named, and may hold any text."""
    words = _THEIRS if direction == Direction.INBOUND else _OURS
    named, unnamed = words[Channel(channel)]
    return named.replace("{}", whom) if whom else unnamed

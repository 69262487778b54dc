"""Event follow-up: they came, or wanted to."""

from typing import Final

from plays.domain.starter.play import StarterPlay

EVENT: Final = StarterPlay(
    slug="event-follow-up",
    name="Event follow-up",
    purpose=(
        "They gave us an hour of their day. Within a day each of them hears from a person about the one thing "
        "that they asked, nodded at or wrote down, before it is one event among many."
    ),
    definition={
        "trigger": {"crossing": ["two-registrations"], "manual": True},
        "audience": {},
        "steps": [
            {
                "key": "thank-you",
                "channel": "email",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 8,
                "instructions": (
                    "Thank {{contact.first_name}} in two lines, from the speaker and not from the team. "
                    "Whoever came gets the one page that answers the question of the day; whoever missed it "
                    "gets the four minutes of the recording that matter, with the time to jump to."
                ),
                "variants": {
                    "economic_buyer": (
                        "Two lines from the speaker: the one figure of the hour, what it means for a company "
                        "like {{account.name}}, and nothing to download."
                    ),
                    "technical_evaluator": (
                        "Send the slide with the architecture, the questions that were asked about it, and the "
                        "honest answer to the hardest of them."
                    ),
                    "champion": (
                        "Send {{contact.first_name}} a summary of five lines that can be forwarded as it is, "
                        "and ask who should have been there."
                    ),
                    "end_user": (
                        "Send the example of the hour to try alone, and the place where others of the same job "
                        "ask their questions."
                    ),
                    "blocker": (
                        "Thank {{contact.first_name}} for the time and ask what was missing. No material: the "
                        "question is the message."
                    ),
                },
            },
            {
                "key": "personal-call",
                "wait_days": 1,
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 24,
                "tries": 2,
                "instructions": (
                    "Read what they asked before you dial. “You were at our hour on Tuesday. What made you "
                    "come, {{contact.first_name}}?” Listen for the work behind it, and offer one next step "
                    "that fits it: a colleague, a customer, or nothing."
                ),
                "variants": {
                    "economic_buyer": (
                        "“Which figure of the hour would your board not believe?” Offer to work it out with "
                        "theirs."
                    ),
                    "technical_evaluator": (
                        "Offer the engineer who spoke, for half an hour, without us in the call."
                    ),
                    "champion": (
                        "Ask what they told their colleagues afterwards, and offer to say it again to all of "
                        "them."
                    ),
                    "end_user": (
                        "Ask which part they tried since. Offer to look at it together for fifteen minutes."
                    ),
                    "blocker": (
                        "Ask what they heard that they do not agree with. Do not answer it on the same call."
                    ),
                },
            },
            {
                "key": "the-colleague-who-missed-it",
                "wait_days": 3,
                "channel": "linkedin",
                "side": "sales",
                "role": "owner",
                "sla_hours": 48,
                "instructions": (
                    "Two of them came, so they talk about it. Ask {{contact.first_name}} who else works on "
                    "this at {{account.name}}, and write to that person with the four minutes that concern "
                    "them."
                ),
            },
            {
                "key": "small-table",
                "wait_days": 7,
                "channel": "event",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 72,
                "instructions": (
                    "Invite whoever answered to the small table: eight people of the same job, one question, "
                    "no slides. Whoever did not answer is left in peace until the next event."
                ),
            },
        ],
        "exits": ["meeting_booked", "opportunity_opened", "disqualified"],
        "contract": {"outcome": "meeting_booked", "days": 30},
        "priority": 62,
        "throttle": {"live_per_account": 2, "new_per_owner_per_week": 15, "cooldown_days": 30},
        "holdout": 0,
    },
)

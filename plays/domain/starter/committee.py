"""Committee expansion [P3]."""

from typing import Final

from plays.domain.starter.play import StarterPlay

COMMITTEE: Final = StarterPlay(
    slug="committee-expansion",
    name="Committee expansion",
    purpose=(
        "One person at the account talks to us, and one person cannot buy. Find the others while the first is "
        "warm, and give each a reason of their own."
    ),
    definition={
        "trigger": {
            "contact_engaged": {"contacts_at_most": 1},
            "crossing": ["two-registrations"],
            "manual": True,
        },
        "audience": {"tiers": [1, 2], "committee": [{"gap": "any"}]},
        "steps": [
            {
                "key": "find-the-others",
                "channel": "other",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 48,
                "title": "Find the missing roles at {{account.name}}",
                "instructions": (
                    "Look at the committee map: who is missing between the one who engaged and the one who "
                    "signs? Add at least two people, one of them above {{contact.first_name}}."
                ),
            },
            {
                "key": "email-the-others",
                "wait_days": 2,
                "channel": "email",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 48,
                "instructions": (
                    "Write to the new contacts. Not “your colleague downloaded”; each gets the page of their "
                    "own trade."
                ),
                "variants": {
                    "economic_buyer": (
                        "Two figures and one name they will know. Nothing to click but the calendar."
                    ),
                    "technical_evaluator": (
                        "The architecture note and the list of what we do not integrate with yet."
                    ),
                    "end_user": "Before and after, in four pictures, from somebody with their job title.",
                    "champion": (
                        "Tell {{contact.first_name}} whom we have written to and why, before they hear it in "
                        "the corridor. Ask whether anybody is missing."
                    ),
                    "blocker": (
                        "One line: what we would like to know before anything is decided, and that a no with a "
                        "reason is welcome."
                    ),
                },
            },
            {
                "key": "ask-for-introduction",
                "wait_days": 3,
                "channel": "email",
                "side": "sales",
                "role": "owner",
                "sla_hours": 48,
                "instructions": (
                    "Ask {{contact.first_name}} for one introduction, and make it easy: a paragraph they can "
                    "forward as it is. “Who would be annoyed if this were decided without them?” is the "
                    "question that works."
                ),
            },
            {
                "key": "multi-thread-call",
                "wait_days": 4,
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 72,
                "tries": 3,
                "instructions": (
                    "Call somebody of the committee who has not heard a voice of ours yet. Say whom you "
                    "already talk to; never go around anybody in silence."
                ),
            },
        ],
        "exits": ["opportunity_opened", "left_list", "disqualified"],
        "contract": {"outcome": "opportunity_created", "days": 90},
        "priority": 65,
        "throttle": {"live_per_account": 2, "new_per_owner_per_week": 10, "cooldown_days": 60},
        "holdout": 0.1,
    },
)

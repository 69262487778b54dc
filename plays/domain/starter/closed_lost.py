"""Closed-lost return: a quarter after the no."""

from typing import Final

from plays.domain.starter.play import StarterPlay

CLOSED_LOST: Final = StarterPlay(
    slug="closed-lost-return",
    name="Closed-lost return",
    purpose=(
        "They said no, and we leave them in peace for a quarter. Then we come back as somebody who remembers "
        "the reason and has something to say about that reason, or we learn that the no was for good."
    ),
    definition={
        "trigger": {"stage": ["closed lost", "lost"], "manual": True},
        "audience": {"lifecycles": ["prospect", "churned"]},
        "steps": [
            {
                "key": "what-has-become-of-it",
                "wait_days": 90,
                "channel": "other",
                "side": "sales",
                "role": "owner",
                "sla_hours": 72,
                "title": "Read why {{account.name}} said no",
                "instructions": (
                    "Read the reason in the CRM and the last three messages. Has the reason gone: a feature "
                    "that is there now, a person who has left, a budget that is new? Write the answer here in "
                    "a sentence. If nothing has changed on either side, stop this play; coming back with "
                    "nothing costs the second chance."
                ),
            },
            {
                "key": "the-reason-has-gone",
                "wait_days": 1,
                "channel": "email",
                "side": "sales",
                "role": "owner",
                "sla_hours": 48,
                "instructions": (
                    "“In spring you decided against us, and you told us why. That has changed since, and you "
                    "should know it whether or not you are still looking.” Two sentences on the change, no "
                    "question mark but one: “Shall I show it to you, or is the matter closed?”"
                ),
                "variants": {
                    "economic_buyer": (
                        "Name the figure that the decision hung on, and what it is today. Offer to be measured "
                        "by it: half an hour, and their word on whether it is worth a second look."
                    ),
                    "technical_evaluator": (
                        "Name the requirement we failed, say how it works now and where it still does not. "
                        "Offer access, not a demonstration."
                    ),
                    "champion": (
                        "{{contact.first_name}} spoke for us and lost. Thank them again, ask how it has gone "
                        "with the one they took, and do not ask for anything."
                    ),
                    "end_user": (
                        "Ask how the work goes today, with what was chosen instead. One line; they will know "
                        "why you ask."
                    ),
                    "blocker": (
                        "Leave {{contact.first_name}} alone unless the objection itself has been met; then say "
                        "just that, and thank them for having named it."
                    ),
                },
            },
            {
                "key": "news-of-their-trade",
                "wait_days": 10,
                "channel": "ad",
                "side": "marketing",
                "role": "marketer",
                "sla_hours": 72,
                "instructions": (
                    "Three weeks of what customers in {{account.industry|their trade}} have reached this year. "
                    "No “we miss you”, no offers."
                ),
            },
            {
                "key": "straight-question",
                "wait_days": 11,
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 72,
                "tries": 2,
                "instructions": (
                    "Ask {{contact.first_name}} once, on the telephone: “Are you happy with what you chose?” A "
                    "yes deserves a congratulation, the date of the contract's end in the CRM, and an end of "
                    "this play."
                ),
            },
        ],
        "exits": ["meeting_booked", "opportunity_opened", "disqualified"],
        "contract": {"outcome": "opportunity_created", "days": 180},
        "priority": 45,
        "throttle": {"live_per_account": 3, "new_per_owner_per_week": 5, "cooldown_days": 180},
        "holdout": 0.1,
    },
)

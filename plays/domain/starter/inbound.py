"""Somebody asked for us."""

from typing import Final

from plays.domain.starter.play import StarterPlay

INBOUND: Final = StarterPlay(
    slug="inbound-hand-raise",
    name="Inbound hand-raise",
    purpose=(
        "Somebody asked for us. Answer in person the same half-day, while they still have the page open, and "
        "leave the first call with a date for the second."
    ),
    definition={
        "trigger": {"hand_raise": True, "crossing": ["hand-raise"], "manual": True},
        "audience": {},
        "steps": [
            {
                "key": "call-back",
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 4,
                "tries": 2,
                "instructions": (
                    "Call {{contact.first_name}} back now. Thank them for asking, say what you saw they asked "
                    "for, and let them talk first: “What made you look for this today?” Agree the next date "
                    "before you hang up."
                ),
                "variants": {
                    "economic_buyer": (
                        "Call {{contact.first_name}} back now. They decide, so be short: what they asked for, "
                        "what companies like {{account.name}} got out of it in the first year, and one "
                        "question: “What would have to be true for this to be worth a decision this quarter?”"
                    ),
                    "technical_evaluator": (
                        "Call {{contact.first_name}} back now. Expect real questions. Offer a working session "
                        "with a solution engineer on their own data instead of slides, and ask what the "
                        "shortlist looks like."
                    ),
                    "end_user": (
                        "Call {{contact.first_name}} back now. Ask how they do it today, step by step, and who "
                        "else feels the pain. Offer to show that one step done, in fifteen minutes."
                    ),
                    "champion": (
                        "Call {{contact.first_name}} back now. They ask on somebody's behalf: find out whose, "
                        "what that person will want to know first, and offer to say it to both of them "
                        "together."
                    ),
                    "blocker": (
                        "Call {{contact.first_name}} back now. They may be checking us out in order to say no, "
                        "and that is fair: ask which doubt brought them here, and answer that one alone."
                    ),
                },
            },
            {
                "key": "follow-up-email",
                "wait_days": 1,
                "channel": "email",
                "side": "sales",
                "role": "owner",
                "sla_hours": 8,
                "instructions": (
                    "If you spoke: three lines with what you agreed, the date, and one page that answers their "
                    "question. If you did not: two lines, no brochure. “You asked about this yesterday. I have "
                    "10:00 or 15:30 tomorrow, which one suits you? If it was somebody else at "
                    "{{account.name}}, tell me who.”"
                ),
            },
            {
                "key": "second-call",
                "wait_days": 2,
                "channel": "call",
                "side": "sales",
                "role": "owner",
                "sla_hours": 24,
                "tries": 2,
                "instructions": (
                    "Try at another time of day than the first call. No answer: ask the switchboard who looks "
                    "after this at {{account.name}}, and note the name as a contact."
                ),
            },
        ],
        "exits": ["meeting_booked", "disqualified"],
        "contract": {"outcome": "meeting_booked", "days": 14},
        "priority": 95,
        "throttle": {"live_per_account": 3, "new_per_owner_per_week": None, "cooldown_days": 7},
        "holdout": 0,
    },
)

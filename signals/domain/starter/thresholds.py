"""The starter thresholds:

The five of the joint playbook [J], the surge, and the reactivation of the dormant [P3].
"""

from __future__ import annotations

THRESHOLDS: tuple[dict[str, object], ...] = (
    {
        "slug": "hand-raise",
        "name": "Inbound hand-raise",
        "rationale": (
            "Somebody at the account has asked for us. Nothing says more, and interest cools by the hour, so whoever "
            "it is and whatever the tier, a person answers the same half-day."
        ),
        "tiers": [],
        "urgency": "urgent",
        "rearm_days": 7,
        "status": "active",
        "condition": {"count": {"types": ["demo-request", "contact-sales"], "at_least": 1, "days": 7}},
    },
    {
        "slug": "high-intent-pages",
        "name": "Three high-intent page visits",
        "rationale": (
            "One look at the pricing page is curiosity. Three visits to pricing, demo or comparison pages within two "
            "weeks are a buying committee doing its homework: the moment to be of help, before the shortlist is made."
        ),
        "tiers": [1, 2],
        "urgency": "hot",
        "rearm_days": 14,
        "status": "active",
        "condition": {
            "count": {"types": ["pricing-page", "demo-page", "comparison-page"], "at_least": 3, "days": 14}
        },
    },
    {
        "slug": "intent-surge",
        "name": "Third-party intent surge",
        "rationale": (
            "The account reads about our topics elsewhere far more than it usually does, or compares us on a review "
            "site. It may not know us yet; this is when marketing warms it up and sales learns its name."
        ),
        "tiers": [1, 2],
        "urgency": "hot",
        "rearm_days": 21,
        "status": "active",
        "condition": {"count": {"types": ["topic-surge", "review-comparison"], "at_least": 1, "days": 14}},
    },
    {
        "slug": "two-distinct-signals",
        "name": "Two distinct qualifying signals",
        "rationale": (
            "A single signal is often noise. Two that are independent, of another kind or from another person, are the "
            "proof that sales asks for before it spends an hour on an account."
        ),
        "tiers": [1, 2],
        "urgency": "hot",
        "rearm_days": 30,
        "status": "active",
        "condition": {"distinct_signals": {"qualifying": True, "at_least": 2, "days": 30}},
    },
    {
        "slug": "two-registrations",
        "name": "Two registrations from different contacts",
        "rationale": (
            "Two colleagues who sign up for the same programme have talked about it. The interest has left one desk, "
            "so the committee can be widened while they still have something to talk about."
        ),
        "tiers": [1, 2, 3],
        "urgency": "hot",
        "rearm_days": 30,
        "status": "active",
        "condition": {"distinct_contacts": {"types": ["webinar-registration"], "at_least": 2, "days": 30}},
    },
    {
        "slug": "score-surge",
        "name": "Score surge",
        "rationale": (
            "No single rule fires, yet the account has become much livelier within a week. A jump against its own past "
            "tells more than a high number that has been high for months."
        ),
        "tiers": [1, 2],
        "urgency": "normal",
        "rearm_days": 21,
        "status": "active",
        "condition": {"score_rise": {"at_least": 20, "days": 7}},
    },
    {
        "slug": "reactivation",
        "name": "Dormant account",
        "rationale": (
            "A target account that neither we nor it have spoken about for three months is on the list in name only. "
            "Either somebody wakes it up, or the next list review takes it off."
        ),
        "tiers": [1, 2, 3],
        "urgency": "normal",
        "rearm_days": 90,
        "status": "active",
        "condition": {"dormant": {"days": 90}},
    },
)

"""Mappings to start from, for what vendors are known to send (design: VENDOR_NOTES), and an example of each.

Bombora resells its Company Surge as company or domain, topic and a composite score of 0 to 100, weekly; above 60 counts
as surging. It publishes no schema of the file. G2's webhook posts the fields of the customer's own form, unsigned. So
each preset tries the names that are usual, and is meant to be edited beside a real example.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SURGING = 60
_DOMAINS = ("domain", "company_domain", "website", "company_website", "url")
_WEEKS = ("week", "week_of", "report_date", "week_ending", "date")


@dataclass(frozen=True, slots=True)
class Preset:
    """A mapping with its name, what it is for, and a body that it fits."""

    key: str
    name: str
    help: str
    mapping: Mapping[str, object]
    example: str


PRESETS: tuple[Preset, ...] = (
    Preset(
        "weekly-surge-json",
        "Weekly surge file (JSON)",
        "Companies with their topics and composite scores, as Bombora's surge is resold: 60 and more is surging.",
        {
            "items": "companies[].topics[]",
            "only": [{"path": "composite_score", "at_least": SURGING, "called": "below 60, not surging"}],
            "record": {
                "type": {"value": "topic-surge"},
                "account_domain": {"path": [f"../{name}" for name in _DOMAINS]},
                "topic": {"path": ["topic", "topic_name", "name"]},
                "strength": "composite_score",
                "occurred_at": {"path": [f"{up}{name}" for up in ("$.", "../") for name in _WEEKS]},
                "properties": {
                    "company": {"path": ["../name", "../company_name"]},
                    "composite_score": "composite_score",
                },
            },
            "followed_topics_only": True,
        },
        """{"week": "2026-11-16", "companies": [
  {"name": "Casara Axles", "domain": "casara.example", "topics": [
    {"topic": "Account-based marketing", "composite_score": 78},
    {"topic": "Sales enablement", "composite_score": 52}]},
  {"name": "Norvik Pumps", "domain": "norvik.example", "topics": [
    {"topic": "Account-based marketing", "composite_score": 64}]}]}""",
    ),
    Preset(
        "weekly-surge-csv",
        "Weekly surge file (CSV)",
        "A row for each company and topic, with the composite score: 60 and more is surging.",
        {
            "items": "",
            "only": [{"path": "composite_score", "at_least": SURGING, "called": "below 60, not surging"}],
            "record": {
                "type": {"value": "topic-surge"},
                "account_domain": {"path": list(_DOMAINS)},
                "topic": {"path": ["topic", "topic_name"]},
                "strength": "composite_score",
                "occurred_at": {"path": list(_WEEKS)},
                "properties": {
                    "company": {"path": ["company_name", "company", "name"]},
                    "composite_score": "composite_score",
                },
            },
            "followed_topics_only": True,
        },
        """Company Name,Domain,Topic,Composite Score,Week
Casara Axles,casara.example,Account-based marketing,78,2026-11-16
Casara Axles,casara.example,Sales enablement,52,2026-11-16
Norvik Pumps,norvik.example,Account-based marketing,64,2026-11-16""",
    ),
    Preset(
        "buyer-intent",
        "Review site's buyer intent",
        "What companies did on a review site such as G2, by the kind of activity. Its webhook is not signed: send the "
        "source's write key with it.",
        {
            "items": "events[]",
            "record": {
                "type": {
                    "path": ["activity", "event_type", "signal_type", "type"],
                    "table": {
                        "compare": "review-comparison",
                        "comparison": "review-comparison",
                        "alternatives": "review-comparison",
                        "pricing": "review-comparison",
                        "profile": "review-visit",
                        "category": "review-visit",
                        "reviews": "review-visit",
                        "*": "review-visit",
                    },
                },
                "account_domain": {"path": ["company.domain", "company_domain", "domain", "website"]},
                "topic": {"path": ["category", "product.category"]},
                "occurred_at": {"path": ["occurred_at", "timestamp", "time", "date"], "format": ["unix"]},
                "message_id": {"path": ["id", "event_id", "uuid"]},
                "properties": {
                    "company": {"path": ["company.name", "company_name"]},
                    "product": {"path": ["product.name", "product"]},
                    "compared_with": {"path": ["competitor.name", "competitor"]},
                    "activity": {"path": ["activity", "event_type"]},
                },
            },
        },
        """{"events": [
  {"id": "bi-1001", "activity": "Compare", "company": {"name": "Casara Axles", "domain": "casara.example"},
   "category": "Account-based marketing", "competitor": "Another tool", "timestamp": "2026-11-18T14:03:00Z"},
  {"id": "bi-1002", "activity": "Category", "company": {"name": "Norvik Pumps", "domain": "norvik.example"},
   "category": "Account-based marketing", "timestamp": "2026-11-18T15:40:00Z"}]}""",
    ),
    Preset(
        "records",
        "Records named as ours",
        "A list, or one, whose fields are called as in the native bulk.",
        {
            "items": "",
            "record": {
                "type": "type",
                "account_domain": {"path": ["account_domain", "domain"]},
                "account_external_id": "account_external_id",
                "contact_email": {"path": ["contact_email", "email"]},
                "topic": "topic",
                "strength": {"path": "strength", "otherwise": 100},
                "occurred_at": {"path": ["occurred_at", "timestamp"]},
                "message_id": {"path": ["message_id", "id"]},
                "properties": "*",
            },
        },
        """[{"type": "community-mention", "account_domain": "casara.example", "contact_email": "ann@casara.example",
  "occurred_at": "2026-11-18T14:03:00Z", "message_id": "post-17"}]""",
    ),
)

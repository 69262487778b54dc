"""The starter sources: one of each kind, trusted alike until feedback says otherwise [P4]."""

from __future__ import annotations

SOURCES: tuple[dict[str, object], ...] = (
    {"slug": "website", "name": "Website", "kind": "first_party", "weight": 1.0},
    {"slug": "intent-data", "name": "Third-party intent data", "kind": "third_party", "weight": 1.0},
    {"slug": "product", "name": "Product", "kind": "product", "weight": 1.0},
    {"slug": "community", "name": "Community", "kind": "community", "weight": 1.0},
    {"slug": "crm", "name": "CRM", "kind": "crm", "weight": 1.0},
    {"slug": "by-hand", "name": "Entered by hand", "kind": "manual", "weight": 1.0},
)

"""A tier's capacity as a small picture: what it holds, laid over its band. Plain attributes: the CSP is strict."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.selectors.target_list import TierCapacity


def capacity_bar(tier: TierCapacity, top: int) -> SafeString:
    """All tiers on one scale, which ends at `top`."""
    scale = 100 / max(top, 1)
    rule = tier.ceiling
    return format_html(
        '<svg class="capacity" role="img" aria-label="Tier {}: {} accounts; its band is {} to {}">'
        '<rect class="axis" width="100%" height="100%"/>'
        '<rect class="band" x="{}%" width="{}%" height="100%"/>'
        '<rect class="held" y="25%" width="{}%" height="50%"/>'
        '<rect class="held is-over" x="{}%" y="25%" width="{}%" height="50%"/></svg>',
        rule.tier,
        tier.held,
        rule.least,
        rule.most,
        round(rule.least * scale, 2),
        round((rule.most - rule.least) * scale, 2),
        round(min(tier.held, rule.most) * scale, 2),
        round(rule.most * scale, 2),
        round(max(tier.held - rule.most, 0) * scale, 2),
    )

"""Small pictures as SVG with plain attributes, since a strict CSP allows no inline style. Pure."""

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString

WIDE, HIGH, EDGE = 208, 40, 4


def share_of(part: float, whole: float) -> float:
    """A part as a percentage of the whole, held between 0 and 100."""
    if whole <= 0:
        return 0.0
    return round(min(max(part / whole, 0.0), 1.0) * 100, 1)


def bar(part: float, whole: float, kind: str) -> SafeString:
    """One share of a whole; `kind` is `fit` (grey) or `intent` (accent)."""
    return format_html(
        '<svg class="bar" aria-hidden="true"><rect class="{}" width="{}%" height="100%"/></svg>',
        kind,
        share_of(part, whole),
    )


def column(part: float, whole: float) -> SafeString:
    """One of a row of columns, as high as its share of the highest; a stub where there is none."""
    high = max(share_of(part, whole), 2.0)
    return format_html(
        '<svg class="column" viewBox="0 0 24 100" preserveAspectRatio="none" aria-hidden="true">'
        '<rect y="{}" width="24" height="{}"/></svg>',
        100 - high,
        high,
    )


def score_bar(fit_points: float, intent_points: float, *, tall: bool) -> SafeString:
    """The score out of 100 as its two parts, laid end to end."""
    fit = share_of(fit_points, 100)
    return format_html(
        '<svg class="bar{}" aria-hidden="true"><rect class="fit" width="{}%" height="100%"/>'
        '<rect class="intent" x="{}%" width="{}%" height="100%"/></svg>',
        " tall" if tall else "",
        fit,
        fit,
        share_of(intent_points, 100),
    )


def sparkline(values: Sequence[float], *, label: str) -> SafeString:
    """A trend over equal steps, from zero; fewer than two values draw only the base line."""
    top = max(values, default=0) or 1
    step = (WIDE - EDGE) / max(len(values) - 1, 1)
    points = " ".join(
        f"{EDGE / 2 + i * step:.1f},{HIGH - EDGE - value / top * (HIGH - 2 * EDGE):.1f}"
        for i, value in enumerate(values)
    )
    line = format_html('<polyline class="t1" points="{}"/>', points) if len(values) > 1 else ""
    return format_html(
        '<svg class="trend" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<line class="grid" x1="0" y1="{}" x2="{}" y2="{}"/>{}</svg>',
        WIDE,
        HIGH,
        label,
        HIGH - EDGE,
        WIDE,
        HIGH - EDGE,
        line,
    )


def pips(level: int | None, out_of: int = 5) -> SafeString:
    """Influence as filled and empty dots, said in words for a screen reader."""
    if not level:
        return format_html('<span class="pips">{}</span>', "")
    return format_html(
        '<span class="pips" role="img" aria-label="Influence {} of {}">{}{}</span>',
        level,
        out_of,
        "●" * level,
        "○" * (out_of - level),
    )

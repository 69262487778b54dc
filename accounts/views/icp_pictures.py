"""The pictures of the customer profile pages as SVG with plain attributes. Pure."""

from collections.abc import Mapping, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.domain.icp import MODERATE, STRONG

WIDE, HIGH, FOOT = 400, 120, 14
SQUARE, EDGE = 220, 28


def histogram(now: Sequence[int], then: Sequence[int]) -> SafeString:
    """How the fits lie in steps of five points: grey as they are, accent as they would be; lines at 50 and at 81."""
    top = max([*now, *then, 1])
    step = WIDE / len(now)
    floor = HIGH - FOOT

    def bars(kind: str, counts: Sequence[int], shift: float) -> SafeString:
        return format_html_join(
            "",
            '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
            (
                (
                    kind,
                    f"{place * step + shift:.1f}",
                    f"{floor - tall:.1f}",
                    f"{step * 0.4:.1f}",
                    f"{tall:.1f}",
                )
                for place, count in enumerate(counts)
                if (tall := max(count / top * (floor - 6), 1.0 if count else 0.0))
            ),
        )

    lines = format_html_join(
        "",
        '<line class="grid" x1="{0}" y1="0" x2="{0}" y2="{1}"/>'
        '<text x="{0}" y="{2}" text-anchor="middle">{3}</text>',
        ((f"{WIDE * at / 100:.1f}", floor, HIGH - 3, f"{at:.0f}") for at in (MODERATE, STRONG)),
    )
    ends = format_html(
        '<line class="base" x1="0" y1="{0}" x2="{1}" y2="{0}"/><text x="0" y="{2}">0</text>'
        '<text x="{1}" y="{2}" text-anchor="end">100</text>',
        floor,
        WIDE,
        HIGH - 3,
    )
    return format_html(
        '<svg class="histogram" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}{}</svg>',
        WIDE,
        HIGH,
        "How many accounts have which fit, now and with the draft. The table below has the figures.",
        lines,
        bars("now", now, step * 0.08),
        bars("then", then, step * 0.52),
        ends,
    )


def reliability(bins: Sequence[Mapping[str, float]]) -> SafeString:
    """What was said against what came: a dot a bin with its interval; on the line, word was kept."""
    room = SQUARE - EDGE

    def x(share: float) -> str:
        return f"{EDGE + share * (room - 6):.1f}"

    def y(share: float) -> str:
        return f"{room - share * (room - 6):.1f}"

    dots = format_html_join(
        "",
        '<line class="whisk" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/><circle class="then" cx="{0}" cy="{3}" r="4"/>',
        ((x(one["said"]), y(one["low"]), y(one["high"]), y(one["was"])) for one in bins),
    )
    ticks = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="middle">{}%</text><text x="{}" y="{}" text-anchor="end">{}%</text>',
        ((x(at / 100), room + 14, at, EDGE - 4, y(at / 100), at) for at in (0, 50, 100)),
    )
    return format_html(
        '<svg class="reliability" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<line class="grid" x1="{}" y1="{}" x2="{}" y2="{}"/>{}{}</svg>',
        SQUARE,
        SQUARE,
        "The share of deals won against the share that was said. The table beside it has the figures.",
        x(0),
        y(0),
        x(1),
        y(1),
        dots,
        ticks,
    )

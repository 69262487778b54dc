"""The scoreboard's small pictures: a value against its band, an interval against no difference, who still
waits.

Plain SVG attributes, since a strict CSP allows no inline style.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from abmops.ui.drawings import share_of
from scoreboard.domain.bands import Band, Verdict
from scoreboard.domain.survival import Step

WIDE, HIGH = 480, 200
LEFT, RIGHT, TOP, BOTTOM = 36, 430, 8, 176
YIELD_ROOM = 1.0
_MARKS = {Verdict.LOW: "is-warn", Verdict.HIGH: "is-warn", Verdict.ALARM: "is-bad"}


def bullet(value: float | None, band: Band | None, *, top: float, verdict: Verdict) -> SafeString:
    """A value on an axis from 0 to `top`, with its band behind it."""
    if value is None:
        return SafeString("")
    return format_html(
        '<svg class="bullet" aria-hidden="true"><line class="axis" x1="0" x2="100%" y1="8" y2="8"/>{}'
        '<circle class="{}" cx="{}%" cy="8" r="5"/></svg>',
        _band(band, top),
        _MARKS.get(verdict, ""),
        share_of(value, top),
    )


def _band(band: Band | None, top: float) -> SafeString:
    if band is None or (band.low is None and band.high is None and band.limit is None):
        return SafeString("")
    low = share_of(band.low or 0, top)
    edge = band.limit if band.limit is not None else band.high
    high = 100.0 if edge is None else share_of(edge, top)
    return format_html(
        '<rect class="band" x="{}%" width="{}%" y="3" height="10" rx="2"/>', low, round(high - low, 1)
    )


def whisker(low: float, high: float, middle: float) -> SafeString:
    """An interval with its middle, and a thin line where there is no difference."""
    ends = [min(low, 0.0), max(high, 0.0)]
    room = (ends[1] - ends[0]) or 1.0
    start, whole = ends[0] - 0.1 * room, 1.2 * room

    def place(value: float) -> float:
        return share_of(value - start, whole)

    return format_html(
        '<svg class="bullet" aria-hidden="true"><line class="zero" x1="{0}%" x2="{0}%" y1="0" y2="16"/>'
        '<line class="whisk" x1="{1}%" x2="{2}%" y1="8" y2="8"/><circle cx="{3}%" cy="8" r="5"/></svg>',
        place(0),
        place(low),
        place(high),
        place(middle),
    )


def share_whisker(low: float, high: float, middle: float) -> SafeString:
    """The interval of a share on an axis from 0 to 100 %."""
    return format_html(
        '<svg class="bullet" aria-hidden="true"><line class="axis" x1="0" x2="100%" y1="8" y2="8"/>'
        '<line class="whisk" x1="{}%" x2="{}%" y1="8" y2="8"/><circle cx="{}%" cy="8" r="5"/></svg>',
        share_of(low, YIELD_ROOM),
        share_of(high, YIELD_ROOM),
        share_of(middle, YIELD_ROOM),
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the picture of who still waits: its name, its ink (t1, t2, t3), its steps, its last
    look.
    """

    name: str
    line: str
    steps: Sequence[Step]
    until: float


def still_waiting(lines: Sequence[Waiting], *, hours: float, label: str) -> SafeString:
    """Kaplan-Meier curves from 0 to `hours`: the share still waiting, falling at each answer."""
    grid = format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        (
            (LEFT, RIGHT, _y(share), _y(share), LEFT - 6, _y(share) + 3.5, f"{share * 100:.0f}%")
            for share in (0.0, 0.5, 1.0)
        ),
    )
    marks = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="middle">{} h</text>',
        ((_x(hours * part / 4, hours), HIGH - 6, f"{hours * part / 4:g}") for part in range(5)),
    )
    curves = format_html_join(
        "",
        '<polyline class="{}" points="{}"/><text x="{}" y="{}">{}</text>',
        ((line.line, *_curve(line, hours), line.name) for line in lines),
    )
    return format_html(
        '<svg class="trend" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        WIDE,
        HIGH,
        label,
        grid,
        marks,
        curves,
    )


def _curve(line: Waiting, hours: float) -> tuple[str, float, float]:
    """The corners of the staircase, and where its name goes."""
    level, corners = 1.0, [(0.0, 1.0)]
    for step in line.steps:
        if step.at > hours:
            break
        corners += [(step.at, level), (step.at, step.still_waiting)]
        level = step.still_waiting
    end = min(line.until, hours)
    corners.append((max(end, corners[-1][0]), level))
    points = " ".join(f"{_x(at, hours):.1f},{_y(share):.1f}" for at, share in corners)
    return points, round(_x(corners[-1][0], hours) + 4, 1), round(_y(level) + 3.5, 1)


def _x(at: float, hours: float) -> float:
    return LEFT + (RIGHT - LEFT) * at / hours


def _y(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share

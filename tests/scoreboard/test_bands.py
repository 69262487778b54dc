"""Where a value lies and how far out, at each edge."""

import pytest

from scoreboard.domain.bands import Band, Verdict, judge

SHARE = Band(low=0.8, high=0.95, alarm_below=0.5)
LAG = Band(limit=4)
ALARM = Band(alarm_above=86_400)


@pytest.mark.parametrize(
    ("band", "value", "verdict", "gap"),
    [
        pytest.param(SHARE, 0.8, Verdict.IN, 0, id="the low edge is inside"),
        pytest.param(SHARE, 0.95, Verdict.IN, 0, id="the high edge is inside"),
        pytest.param(SHARE, 0.79, Verdict.LOW, -0.01, id="below"),
        pytest.param(SHARE, 0.96, Verdict.HIGH, 0.01, id="above"),
        pytest.param(SHARE, 0.5, Verdict.LOW, -0.3, id="at the alarm is not beyond it"),
        pytest.param(SHARE, 0.49, Verdict.ALARM, -0.31, id="beyond the alarm"),
        pytest.param(LAG, 3.99, Verdict.IN, 0, id="below the limit"),
        pytest.param(LAG, 4, Verdict.HIGH, 0, id="at the limit is out: less than 4 h is asked for"),
        pytest.param(LAG, 6, Verdict.HIGH, 2, id="over the limit"),
        pytest.param(ALARM, 86_400, Verdict.IN, 0, id="at the alarm"),
        pytest.param(ALARM, 86_401, Verdict.ALARM, 1, id="over the alarm"),
    ],
)
def test_judgement(band: Band, value: float, verdict: Verdict, gap: float) -> None:
    assert band.judge(value) is verdict
    assert band.gap(value) == pytest.approx(gap)


def test_no_data_is_neither_good_nor_bad() -> None:
    assert SHARE.judge(None) is Verdict.NO_DATA
    assert not Verdict.NO_DATA.is_out


def test_no_band_judges_nothing() -> None:
    assert judge(None, 0.1) is Verdict.NO_BAND

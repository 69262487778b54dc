"""Which benchmark is which. Each yields figures: {"figure", "value", "unit", …}."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bench import (
    accounts,
    backtest,
    dry_run,
    end_to_end,
    growth,
    importing,
    ingest,
    matching,
    pages,
    rescore,
    steps,
    today,
)
from bench.installation import Installation

Figure = dict[str, Any]
Benchmark = Callable[[Installation, float], Iterator[Figure]]

BENCHMARKS: Mapping[str, Benchmark] = {
    "ingest": ingest.figures,
    "growth": growth.figures,
    "end_to_end": end_to_end.figures,
    "pages": pages.figures,
    "rescore": rescore.figures,
    "importing": importing.figures,
    "matching": matching.figures,
    "accounts": accounts.figures,
    "backtest": backtest.figures,
    "dry_run": dry_run.figures,
    "today": today.figures,
    "steps": steps.figures,
}


def run(name: str, installation: Installation, scale: float) -> Iterator[Figure]:
    """The figures of one benchmark, each with where it was measured."""
    for figure in BENCHMARKS[name](installation, scale):
        yield {"benchmark": name} | figure | {"scale": scale, "python": platform.python_version()}

"""`python -m bench [NAME ...] [--quick]`: benchmarks against an installation of their own, a JSON line a figure."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from bench.installation import Installation

NAMES = (
    "ingest",
    "growth",
    "end_to_end",
    "pages",
    "rescore",
    "importing",
    "matching",
    "accounts",
    "backtest",
    "dry_run",
    "today",
    "steps",
)


def main() -> int:
    """Start an installation in a temporary directory, run what was asked for, and stop it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"which of {', '.join(NAMES)}; all if none is named")
    parser.add_argument("--quick", action="store_true", help="a fifth of the load: to see that it works")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(f"there is no benchmark called {', '.join(sorted(unknown))}")
    scale = 0.2 if arguments.quick else 1.0
    with tempfile.TemporaryDirectory(prefix="abmops-bench-") as folder:
        os.environ["ABMOPS_DATA_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abmops.settings")
        with Installation(Path(folder)) as installation:
            import django  # noqa: PLC0415  (settings must see the directory first)

            django.setup()
            from bench import figures  # noqa: PLC0415

            for name in arguments.names or NAMES:
                for figure in figures.run(name, installation, scale):
                    print(json.dumps(figure), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

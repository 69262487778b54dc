"""Files: how fast they are read, in how much memory, and how fast a worker checks and writes 100,000 accounts.

`python -m bench.importing FILE` reads one file in a process of its own and prints what that took.
"""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROWS = 100_000
KNOWN = 30_000
HEADER = (
    *("Name", "Domain", "CRM ID", "Industry", "Employees", "Annual revenue"),
    *("Currency", "Country", "Region", "Technologies", "Lifecycle", "Note"),
)


def figures(installation: Any, scale: float) -> Iterator[dict[str, Any]]:
    """Rows a second from the file to records; then through upload, check and run, 3 of 10 rows being known already."""
    rows = int(ROWS * scale)
    for ending, write in (("csv", _write_csv), ("xlsx", _write_xlsx)):
        path = installation.data / f"companies.{ending}"
        write(path, rows)
        took = json.loads(
            subprocess.run(
                [sys.executable, "-m", "bench.importing", str(path)], check=True, capture_output=True
            ).stdout
        )
        yield {
            "figure": f"{ending}_to_records_per_second",
            "value": round(rows / took["seconds"]),
            "unit": "rows/s, opened, surveyed and read",
            "cpu_seconds": round(took["cpu_seconds"], 2),
            "memory_mb": round(took["memory_mb"], 1),
        }
    yield from _imported(installation, rows, scale)


def _imported(installation: Any, rows: int, scale: float) -> Iterator[dict[str, Any]]:
    """The whole way of one file: by the services up to the work, by the installation's workers from there."""
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415  (settings come first)
    from django.utils import timezone  # noqa: PLC0415

    from accounts.models import Import  # noqa: PLC0415
    from accounts.services import importing  # noqa: PLC0415
    from bench import world  # noqa: PLC0415

    now, owner = timezone.now(), world.people()
    world.accounts("company", int(KNOWN * scale), now)
    body = (installation.data / "companies.csv").read_bytes()
    started = time.monotonic()
    file: Any = SimpleUploadedFile("companies.csv", body)
    import_ = importing.upload(
        file=file, kind="accounts", side="revops", reason="Benchmark", by=owner, now=now
    )
    uploaded = time.monotonic() - started
    mapping = {column.number: column.field for column in importing.offered(import_)}
    answers = {"zone": "UTC", "currency": "EUR"}
    importing.map_columns(
        import_=import_,
        mapping=mapping,
        answers=answers,
        side="revops",
        reason="Benchmark",
        by=owner,
        now=now,
    )
    checked, most = _until(installation, import_, Import.State.CHECKED)
    importing.start_run(import_=import_, by=owner, now=timezone.now())
    written, more = _until(installation, import_, Import.State.DONE)
    for name, seconds in (("check", checked), ("run", written), ("whole", uploaded + checked + written)):
        yield {
            "figure": f"import_{name}_per_second",
            "value": round(rows / seconds),
            "unit": "rows/s, 30 % of them known by their domain",
            "seconds": round(seconds, 1),
            "worker_memory_mb": round(max(most, more)),
        }


def _until(installation: Any, import_: Any, state: str) -> tuple[float, float]:
    """Seconds until an import is in a state, and the most memory that one process of the installation had."""
    import psutil  # noqa: PLC0415

    started, most = time.monotonic(), 0.0
    root = psutil.Process(installation.process.pid)
    import_.refresh_from_db()
    while import_.state != state:
        if import_.state in ("failed", "uploaded") or time.monotonic() - started > 900:
            raise RuntimeError(f"The import is {import_.state}: {import_.problem} {import_.found}")
        time.sleep(0.2)
        import_.refresh_from_db()
        for process in root.children(recursive=True):
            try:
                if "postgres" not in process.name():
                    most = max(most, process.memory_info().rss / 1024**2)
            except psutil.Error:
                continue
    return time.monotonic() - started, most


def _rows(count: int) -> Iterator[list[str | int | float]]:
    chance = random.Random(22)
    for number in range(count):
        yield [
            f"Company {number} GmbH & Co. KG",
            f"company{number}.example",
            f"00{number:012d}",
            chance.choice(("Software", "Retail", "Machinery", "Health")),
            chance.randrange(5, 50_000),
            chance.randrange(10**4, 10**9) / 100,
            "EUR",
            chance.choice(("Germany", "France", "United Kingdom", "Austria")),
            "EMEA",
            "Kubernetes; PostgreSQL",
            chance.choice(("Lead", "Customer", "Opportunity")),
            "Met at the fair,\nwill call again",
        ]


def _write_csv(path: Path, rows: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_rows(rows))


def _write_xlsx(path: Path, rows: int) -> None:
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Companies")
    sheet.append(HEADER)
    for row in _rows(rows):
        sheet.append(row)
    book.save(path)


def _resident(key: str) -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith(key)).split()[1]) / 1024


def read_one(path: Path) -> dict[str, float]:
    """Open, survey and read a file; seconds, and by how much the process grew."""
    from accounts.domain.tables import Reader, read, suggest, survey  # noqa: PLC0415

    before, started, cpu = _resident("VmRSS"), time.monotonic(), time.process_time()
    with path.open("rb") as source:
        table = read(source, path.name)
        mapping = {number: guess.field for number, guess in suggest("accounts", table.header).items()}
        found = survey(table, "accounts", mapping, answers={"currency": "EUR"})
        assert not found.questions, found.questions
        assert not found.problems, found.problems
        reader = Reader("accounts", table.titles, mapping, found.answers)
        wrong = sum(1 for row in table.rows() if reader.read(row).errors)
        assert not wrong, wrong
    return {
        "seconds": time.monotonic() - started,
        "cpu_seconds": time.process_time() - cpu,
        "memory_mb": _resident("VmHWM") - before,
    }


if __name__ == "__main__":
    print(json.dumps(read_one(Path(sys.argv[1]))))

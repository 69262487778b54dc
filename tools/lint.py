"""Every check but the tests, all of them even when one fails: `make lint`. The exit code is the number that failed."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent
MANAGE = [PYTHON, "manage.py"]
# What an installation in production sets; the deploy check must then have nothing to say.
PRODUCTION = {
    "ABMOPS_HTTPS": "1",
    "ABMOPS_BEHIND_PROXY": "1",
    "SECRET_KEY": "a-key-for-this-check-alone-0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "abmops.example.com",
}


def checks(scratch: Path) -> list[tuple[str, list[str], dict[str, str]]]:
    """Name, command and extra environment of each check, the quick ones first."""
    document = scratch / "openapi.yaml"
    return [
        ("lint", [PYTHON, "-m", "ruff", "check", "."], {}),
        ("format", [PYTHON, "-m", "ruff", "format", "--check", "."], {}),
        ("imports", [str(BIN / "lint-imports")], {}),
        ("templates", [PYTHON, "-m", "djlint", "templates", "--lint", "--quiet"], {}),
        ("migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], {}),
        ("deploy", [*MANAGE, "check", "--deploy", "--fail-level=WARNING"], PRODUCTION),
        ("openapi", [*MANAGE, "spectacular", "--validate", "--fail-on-warn", f"--file={document}"], {}),
        ("openapi drift", ["diff", "-u", "openapi.yaml", str(document)], {}),
        ("types", [PYTHON, "-m", "mypy", "."], {}),
    ]


def main() -> int:
    """Run them all and say how each went."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="abmops-lint-") as folder:
        scratch = Path(folder)
        base = {**os.environ, "ABMOPS_DATA_DIR": str(scratch / "data"), "PYTHONWARNINGS": "default"}
        for name, command, extra in checks(scratch):
            started = time.monotonic()
            done = subprocess.run(
                command, check=False, capture_output=True, text=True, cwd=PROJECT, env={**base, **extra}
            )
            verdict = "ok" if done.returncode == 0 else "FAILED"
            print(f"{name:<14} {verdict:<7} {time.monotonic() - started:5.1f} s", flush=True)
            if done.returncode != 0:
                failed.append(name)
                print(done.stdout + done.stderr, flush=True)
    if failed:
        print(f"{len(failed)} failed: {', '.join(failed)}.", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())

"""Finds a Chromium for the browser tests, or installs one: Debian's as root, else Playwright's own.

Prints its path, alone, on standard output. The tests ask `find()`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find() -> str | None:
    """The browser named by ABMOPS_CHROMIUM, else the system's, else the one Playwright keeps."""
    named = os.environ.get("ABMOPS_CHROMIUM")
    if named:
        return named
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    return _playwrights_own()


def _playwrights_own() -> str | None:
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    # The headless shell is enough for the tests and half the size.
    for pattern in ("chromium-*/*/chrome", "chromium_headless_shell-*/*/*headless*shell"):
        for path in sorted(cache.glob(pattern), reverse=True):
            if os.access(path, os.X_OK):
                return str(path)
    return None


def install() -> None:
    """Install one, as this user can."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        quiet = ["apt-get", "-qq", "-o=Dpkg::Use-Pty=0"]
        subprocess.run([*quiet, "update"], check=False, env=environment, stdout=sys.stderr)
        wanted = ["chromium", "fonts-liberation"]
        done = subprocess.run(
            [*quiet, "install", "-y", "--no-install-recommends", *wanted],
            check=False,
            env=environment,
            stdout=sys.stderr,
        )
        if done.returncode == 0:
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True, stdout=sys.stderr)


def main() -> int:
    """Find or install, print the path."""
    path = find()
    if path is None:
        print("setup    | installing Chromium for the browser tests", file=sys.stderr, flush=True)
        install()
        path = find()
    if path is None:
        print(
            "abmops: No Chromium was found and none could be installed; set ABMOPS_CHROMIUM to one.",
            file=sys.stderr,
        )
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())

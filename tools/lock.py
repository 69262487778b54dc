"""Writes the locks anew: `make lock [ARGS=--upgrade]`. Versions and hashes, no address of any index."""

import json
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
OPTIONS = [
    "--quiet",
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--universal",
    "--python-version=3.11",
]


def main(arguments: list[str]) -> int:
    """Compile the three Python locks, then npm's; each keeps the versions it has unless `--upgrade` is given."""
    compile_lock("requirements.txt", "pyproject.toml", *arguments)
    compile_lock(
        "requirements-dev.txt", "pyproject.toml", "--group=dev", "--constraint=requirements.txt", *arguments
    )
    compile_lock("requirements-node.txt", "--group=node", *arguments)
    subprocess.run(["npm", "install", "--package-lock-only"], check=True, cwd=PROJECT)
    drop_funding(PROJECT / "package-lock.json")
    return 0


def drop_funding(path: Path) -> None:
    """npm notes where each package takes donations: the only addresses in its lock, and of no use to it."""
    lock = json.loads(path.read_text())
    for package in lock["packages"].values():
        package.pop("funding", None)
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")


def compile_lock(name: str, *sources: str) -> None:
    """One lock from its sources."""
    uv = [sys.executable, "-m", "uv", "pip", "compile"]
    subprocess.run([*uv, *OPTIONS, *sources, f"--output-file={name}"], check=True, cwd=PROJECT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the house rules are checked against: the project's own files."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "signals", "plays", "scoreboard", "governance")
# Grown, installed or built here, and so not ours to judge.
FOREIGN = {
    ".git",
    ".venv",
    ".abmops",
    "node_modules",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
}


@cache
def ours() -> tuple[Path, ...]:
    """Every file that git keeps or would keep; without git, every file outside the folders that grow."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=False,
        capture_output=True,
        text=True,
        cwd=PROJECT,
    )
    if listed.returncode == 0 and listed.stdout:
        paths = [PROJECT / name for name in listed.stdout.split("\0") if name]
    else:
        paths = [path for path in PROJECT.rglob("*") if not FOREIGN & set(path.relative_to(PROJECT).parts)]
    return tuple(sorted(path for path in paths if path.is_file()))


def texts() -> Iterator[tuple[str, str]]:
    """Name and content of every text file."""
    for path in ours():
        content = path.read_bytes()
        if b"\0" not in content[:8192]:
            yield str(path.relative_to(PROJECT)), content.decode(errors="replace")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Name and syntax tree of every Python module under `folders`, migrations left out."""
    for path in ours():
        name = path.relative_to(PROJECT)
        if path.suffix == ".py" and name.parts[0] in folders and "migrations" not in name.parts:
            yield str(name), _tree(path)

"""What the documents name is there: files, addresses, commands, variables and names of the code."""

import importlib
import itertools
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from tests.house.sources import APPS, PROJECT, ours
from tests.house.test_files import variables_explained

DOCUMENTS = tuple(path for path in ours() if path.suffix == ".md")
EVERY_DOCUMENT = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT))
)
FENCED = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"[\w.*{},/-]+\.(?:py|md|js|css|html|txt|ya?ml|toml|example|png)|[\w-]+(?:/[\w-]+)+/")
ADDRESS = re.compile(r"(?:^|\s|localhost:8000|ADDRESS)(/[a-z][\w./<>{}-]*)")
LAYERS = "domain|models|selectors|services|views|api"
NAME = re.compile(rf"(?<![\w./])(?:abmops|{'|'.join(APPS)}|{LAYERS})(?:\.[a-z]\w*)+\b(?!/)")
# Named as what they are: Segment's library, the tracker's call in a browser, a file and a key of the reader's own,
# what begins many addresses.
NOT_OURS = {"analytics.js", "abmops.consent", "accounts.csv", "WRITE_KEY", "/v1/", "/v1/*"}


def spoken(document: Path) -> Iterator[str]:
    """What stands in type of its own: the lines of examples, and what is between back-ticks."""
    text = document.read_text()
    for example in FENCED.findall(text):
        yield from example.splitlines()
    yield from re.findall(r"`([^`\n]+)`", FENCED.sub("", text))


@cache
def paths() -> frozenset[str]:
    """Every file of ours, and every folder with one in it."""
    files = [path.relative_to(PROJECT) for path in ours()]
    return frozenset(str(path) for file in files for path in (file, *file.parents))


def is_there(name: str) -> bool:
    """Whether some path ends in it: `domain/state.py` needs no app before it where the sentence names one."""
    return any(fnmatch(path, name) or fnmatch(path, f"*/{name}") for path in paths())


def spelled_out(name: str) -> Iterator[str]:
    """`staff/{away,leaving}.py` names two files."""
    parts = re.split(r"(\{[^}]*\})", name)
    return map("".join, itertools.product(*(part.strip("{}").split(",") for part in parts)))


def is_defined(name: str) -> bool:
    """Whether a dotted name leads to a module, or to something in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def is_answered(address: str) -> bool:
    """Whether the program has a page or a resource there; `<id>` and `{slug}` stand for any."""
    try:
        resolve(re.sub(r"<[^>]*>|\{[^}]*\}", "1", address))
    except Resolver404:
        return False
    return True


@EVERY_DOCUMENT
def test_files_are_there(document: Path) -> None:
    words = {word for said in spoken(document) for word in said.split() if FILE.fullmatch(word)} - NOT_OURS
    assert [name for word in words for name in spelled_out(word.rstrip("/")) if not is_there(name)] == []
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@EVERY_DOCUMENT
def test_addresses_answer(document: Path) -> None:
    found = {address for said in spoken(document) for address in ADDRESS.findall(said)} - NOT_OURS
    assert [address for address in found if not is_answered(address)] == []


@EVERY_DOCUMENT
def test_commands_and_variables_are_known(document: Path) -> None:
    said = "\n".join(spoken(document))
    assert set(re.findall(r"manage\.py (\w+)", said)) <= set(get_commands())
    targets = re.findall(r"^([a-z]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"^make (\w+)", said, re.MULTILINE)) <= set(targets)
    assert [name for name in re.findall(r"python -m ([\w.]+)", said) if not is_defined(name)] == []
    variables = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", said))
    assert variables - NOT_OURS <= variables_explained()


@EVERY_DOCUMENT
def test_names_of_the_code_are_defined(document: Path) -> None:
    found = {name for said in spoken(document) for name in NAME.findall(said)} - NOT_OURS
    for said in spoken(document):
        if imported := re.match(rf"from ((?:abmops|{'|'.join(APPS)})\S*) import ([\w, ]+)", said):
            found |= {f"{imported[1]}.{name.split()[0]}" for name in imported[2].split(",")}
    full = {
        name if name.split(".")[0] in {"abmops", *APPS} else f"{document.parent.name}.{name}"
        for name in found
    }
    assert [name for name in full if not name.endswith((".py", ".md")) and not is_defined(name)] == []

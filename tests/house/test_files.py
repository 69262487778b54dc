"""What the repository holds: settings explained, locks without addresses, nothing of one machine, no inline code."""

import ast
import json
import re
import tomllib

import pytest

from tests.house.sources import APPS, PROJECT, modules, texts

# Read by us, but other programs' to explain.
NOT_OURS = {
    "CI", "DEBIAN_FRONTEND", "DJANGO_ALLOW_ASYNC_UNSAFE", "DJANGO_SETTINGS_MODULE",
    "HOME", "PATH", "PGAPPNAME", "PLAYWRIGHT_BROWSERS_PATH",
    "PYTEST_XDIST_WORKER", "PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONWARNINGS", "REMAP_SIGTERM", "TMPDIR",
}  # fmt: skip
READERS = {"str", "bool", "int", "float", "list", "db", "url", "get", "setdefault", "getenv"}
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt")


def variables_read(tree: ast.Module) -> set[str]:
    """The environment variables that a module reads by name."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
            owner, first = ast.unparse(node.func.value), node.args[0] if node.args else None
        elif isinstance(node, ast.Subscript):
            owner, first = ast.unparse(node.value), node.slice
        else:
            continue
        if owner in {"env", "environ", "os.environ", "environment", "os"} and isinstance(first, ast.Constant):
            found.add(str(first.value))
    return {name for name in found if name.isupper()} - NOT_OURS


def variables_explained() -> set[str]:
    """The variables in `.env.example`."""
    lines = (PROJECT / ".env.example").read_text().splitlines()
    return {line.split("=")[0] for line in lines if re.match(r"[A-Z_]+=", line)}


def test_every_variable_is_explained_and_every_explained_one_is_read() -> None:
    """`.env.example` is the whole truth about the environment."""
    read: set[str] = set()
    for _, tree in modules("abmops", *APPS, "tests", "tools", "bench"):
        read |= variables_read(tree)
    assert read == variables_explained()


def test_every_variable_has_a_comment_above_it() -> None:
    """A default alone explains nothing."""
    above = ""
    silent = []
    for line in (PROJECT / ".env.example").read_text().splitlines():
        if "=" in line and not line.startswith("#") and not above:
            silent.append(line)
        above = line
    assert silent == []


@pytest.mark.parametrize("name", LOCKS)
def test_python_locks_hold_versions_and_hashes_and_no_address(name: str) -> None:
    """An index, a mirror or a path of the machine that locked must not travel with the lock."""
    text = (PROJECT / name).read_text()
    assert not re.search(r"https?://|file:|--index|--extra|--find|--trusted|^-", text, re.MULTILINE)
    pinned = re.findall(r"^[A-Za-z0-9._\[\]-]+==.*$", text, re.MULTILINE)
    assert pinned
    assert text.count("--hash=sha256:") >= len(pinned)


def test_the_node_lock_holds_hashes_and_no_address() -> None:
    """npm writes where it fetched from unless told otherwise."""
    text = (PROJECT / "package-lock.json").read_text()
    assert "://" not in text
    lock = json.loads(text)
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if "integrity" not in package] == []


def test_every_dependency_says_what_it_is_for() -> None:
    """A one-line reason beside each, since each is a promise to keep it up."""
    text = (PROJECT / "pyproject.toml").read_text()
    document = tomllib.loads(text)
    groups = document["dependency-groups"].values()
    named = [*document["project"]["dependencies"], *(entry for group in groups for entry in group)]
    assert [entry for entry in named if not re.search(rf'"{re.escape(entry)}",\s+# \S', text)] == []


def test_nothing_names_a_machine() -> None:
    """The project runs where it is put; a path of one person's machine is a mistake."""
    machine = re.compile(r"/(?:home|Users)/[a-z]|/root/|/work/(?:main|shared|\.)|/tmp/team")
    ours = "tests/house/test_files.py"
    assert [name for name, text in texts() if name != ours and machine.search(text)] == []


INLINE = {
    "script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json)", re.IGNORECASE),
    "style": re.compile(r"<style\b|\sstyle=[\"']", re.IGNORECASE),
    "event handler": re.compile(r"<[^>]*\son[a-z]+=[\"']", re.IGNORECASE),
    "foreign address": re.compile(
        r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE
    ),
    "evaluated attribute": re.compile(r"\shx-on|hx-vals=[\"']js:|hx-vars=", re.IGNORECASE),
}


@pytest.mark.parametrize("what", INLINE)
def test_templates_hold_nothing_the_content_policy_blocks(what: str) -> None:
    """`default-src 'self'` blocks it in the browser; here it is found before."""
    pages = [(name, text) for name, text in texts() if "templates/" in name and name.endswith(".html")]
    assert [name for name, text in pages if INLINE[what].search(text)] == []


APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
# They read what others write.
READ_BOTH = {"accounts/domain/folding.py", "tests/accounts/reading/test_values.py"}


def test_every_apostrophe_is_the_straight_one() -> None:
    """What people read mixes no two kinds, and a search for a sentence finds it as it is typed."""
    assert {name for name, text in texts() if APOSTROPHE in text} - READ_BOTH == set()


CONTROLS = r'<select|<fieldset|type="(?:date|text|number|checkbox)"|<details class="drop"|partials/facet'


def test_the_filters_of_every_list_take_one_row_on_a_phone() -> None:
    """More than two rows of them stand in a fold that opens without a script."""
    tall = []
    for name, text in texts():
        if name.startswith("templates/"):
            for form in re.findall(r'<form class="filters.*?</form>', text, re.DOTALL):
                rows = len(re.findall(CONTROLS, form)) + ('type="search"' in form)
                if rows > 2 and 'class="narrowing"' not in form:
                    tall.append(name)
    assert tall == []

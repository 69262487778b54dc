"""How the code is written: no clock in the logic, every model says what a row is, names that mean something."""

import ast
import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from tests.house.sources import APPS, modules, texts

CODE = ("abmops", *APPS)
# Where `now` is an argument. Elsewhere (views, jobs, commands) the clock is asked once and handed down.
WITHOUT_CLOCK = {"domain", "services", "models", "selectors"}
CLOCKS = {
    ("timezone", "now"),
    ("timezone", "localdate"),
    ("timezone", "localtime"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "localtime"),
}
NAMES_THAT_SAY_NOTHING = {
    "utils",
    "util",
    "helpers",
    "common",
    "misc",
    "manager",
    "managers",
    "handler",
    "signals",
}


def in_logic(name: str) -> bool:
    """True for a module of domain, services, models or selectors."""
    return bool(WITHOUT_CLOCK & set(re.split(r"[/.]", name)[:-1]))


def clock_calls(tree: ast.Module) -> Iterator[str]:
    """The calls in a module that ask a clock."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            called = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if (called, node.func.attr) in CLOCKS:
                yield f"{called}.{node.func.attr}() in line {node.lineno}"


@pytest.mark.parametrize(
    ("code", "found"),
    [
        pytest.param("timezone.now()", 1, id="Django's clock"),
        pytest.param("datetime.datetime.now(tz=UTC)", 1, id="through the module"),
        pytest.param("date.today()", 1, id="a day is a clock too"),
        pytest.param("time.monotonic()", 0, id="a stopwatch is no clock"),
        pytest.param("def f(now): return now", 0, id="handed down"),
    ],
)
def test_the_search_for_clocks_finds_them(code: str, found: int) -> None:
    """The rule below rests on this search."""
    assert len(list(clock_calls(ast.parse(code)))) == found


def test_no_logic_asks_the_clock() -> None:
    """`now` is an argument of everything below views, jobs and commands."""
    broken = [
        f"{name}: {call}" for name, tree in modules(*CODE) if in_logic(name) for call in clock_calls(tree)
    ]
    assert broken == []


def test_every_model_says_what_a_row_is() -> None:
    """Django writes `Model(field, field)` where nobody wrote a docstring."""
    own = [model for model in apps.get_models() if model.__module__.split(".")[0] in CODE]
    silent = [model.__name__ for model in own if not says_something(model)]
    assert own
    assert silent == []


def says_something(model: type[models.Model]) -> bool:
    """True for a docstring that a person wrote."""
    text = model.__doc__ or ""
    return bool(text) and not text.startswith(f"{model.__name__}(")


def test_every_module_says_what_it_is_for() -> None:
    """One sentence on top."""
    folders = (*CODE, "tests", "bench", "tools")
    assert [name for name, tree in modules(*folders) if tree.body and not ast.get_docstring(tree)] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    """`signals` is an app of ours, so no module may be called so either."""
    broken = [
        name
        for name, _ in modules(*CODE)
        if name.split("/")[-1].removesuffix(".py") in NAMES_THAT_SAY_NOTHING
        or NAMES_THAT_SAY_NOTHING & set(name.split("/")[1:-1])
    ]
    assert broken == []


def test_no_hidden_wires() -> None:
    """No Django model signals: what happens on a write stands in the service that writes."""
    wired = re.compile(r"django\.dispatch|django\.db\.models\.signals|@receiver\b")
    assert [
        name
        for name, text in texts()
        if name.startswith(CODE) and name.endswith(".py") and wired.search(text)
    ] == []


def test_no_celery_timer() -> None:
    """A timer is a row due by the database's clock; Celery's own are lost, early or fill the workers."""
    broken = [
        f"{name}:{node.lineno}"
        for name, tree in modules(*CODE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", "") in {"apply_async", "signature", "s", "send_task", "retry"}
        and {"eta", "countdown"} & {keyword.arg for keyword in node.keywords}
    ]
    assert broken == []


def test_every_file_for_a_spreadsheet_is_written_where_formulas_are_stopped() -> None:
    """What strangers wrote stands in exports: a cell goes through `abmops.ui.csvs.safe`, or is typed as a text."""
    writes = re.compile(r"csv\.writer|csv\.DictWriter|\bWorkbook\(|content_type=\"text/csv|\.to_csv\(")
    allowed = {
        "abmops/ui/csvs.py",
        "abmops/ui/sheets.py",
        # Keys of the system that reads it stay as they are, where they cannot run.
        "accounts/views/sidecar_readings.py",
    }
    found = {
        name
        for name, text in texts()
        if name.startswith(CODE) and name.endswith(".py") and writes.search(text)
    }
    assert found == allowed

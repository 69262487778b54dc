"""The layout of docker-compose.yml, as far as it can be judged without an engine."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from abmops.embedded.programs import KEEPS_MEMORY, Installation
from abmops.work.kinds import Lane
from tests.house.sources import PROJECT

SERVERS = {"database", "broker"}


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The containers by name."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())[
        "services"
    ]
    return found


def queues(command: list[str]) -> set[str]:
    """The queues a worker's command line takes."""
    return {
        queue
        for word in command
        if word.startswith("--queues=")
        for queue in word.partition("=")[2].split(",")
    }


def test_each_part_has_a_container(services: dict[str, dict[str, Any]]) -> None:
    """The ones of ARCHITECTURE, with two workers so that slow lanes never delay quick ones."""
    assert set(services) == {*SERVERS, "migrate", "web", "worker-fast", "worker-slow", "beat", "ticker"}


def test_every_lane_has_a_worker_in_containers_and_at_home(
    services: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    """And both layouts share them out in the same way."""
    containers = [taken for service in services.values() if (taken := queues(service.get("command", [])))]
    installation = Installation.from_environment({"ABMOPS_DATA_DIR": str(tmp_path)})
    at_home = [taken for part in installation.parts() if (taken := queues(part.command))]
    assert containers == at_home
    assert set.union(*at_home) == {*Lane.values, "tick"}


def test_the_database_and_the_workers_keep_memory_in_containers_and_at_home(
    services: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    installation = Installation.from_environment({"ABMOPS_DATA_DIR": str(tmp_path)})
    at_home = [program.environment for program in installation.servers() if program.name == "postgres"]
    at_home += [part.environment for part in installation.parts() if queues(part.command)]
    containers = [services[name]["environment"] for name in ("database", "worker-fast", "worker-slow")]
    for environment in at_home + containers:
        assert environment.items() >= KEEPS_MEMORY.items()


def test_no_secret_is_written_down_and_only_the_web_is_published(services: dict[str, dict[str, Any]]) -> None:
    """Secrets come from outside, and are asked for when they are missing; a port opens on this machine alone."""
    for name, service in services.items():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET", variable):
                assert re.fullmatch(r".*\$\{\w+:\?[^}]+\}.*", str(value)), (name, variable)
    assert {name for name, service in services.items() if "ports" in service} == {"web"}
    assert services["web"]["ports"] == ["127.0.0.1:${PORT:-8000}:8000"]


def test_our_containers_hold_no_rights(services: dict[str, dict[str, Any]]) -> None:
    """Not root, nothing to write to, nothing to gain."""
    for name in set(services) - SERVERS:
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    assert re.findall(r"^USER (\S+)", (PROJECT / "Dockerfile").read_text(), re.MULTILINE) == ["abmops"]

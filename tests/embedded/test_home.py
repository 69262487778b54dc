"""Where an installation keeps its things."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from abmops.embedded.home import POSTGRES_SOCKET, SOCKET_PATH_LIMIT, Home


@pytest.mark.parametrize(
    ("data", "inside"),
    [
        pytest.param("/srv/abmops", True, id="short and plain"),
        pytest.param("/srv/my data/abmops", False, id="a space would need quoting in an address"),
        pytest.param("/srv/größe/abmops", False, id="so would an umlaut"),
        pytest.param("/srv/" + "x" * SOCKET_PATH_LIMIT, False, id="longer than the kernel takes"),
    ],
)
def test_sockets_lie_in_the_data_directory_where_their_path_is_short_and_plain(
    data: str, inside: bool
) -> None:
    """Elsewhere they go to the system's temporary directory."""
    home = Home.at(data)
    assert (home.data in home.sockets.parents) is inside
    assert len(str(home.postgres_sockets / POSTGRES_SOCKET)) <= SOCKET_PATH_LIMIT + len("/pg")
    assert " " not in home.redis_url + home.database_url


def test_two_installations_never_share_sockets() -> None:
    """Even where both directories are too long to hold them."""
    first, second = (Home.at(f"/srv/{'x' * SOCKET_PATH_LIMIT}/{name}") for name in "ab")
    assert first.sockets != second.sockets


def test_the_secret_key_is_made_once_and_read_by_nobody_else(tmp_path: Path) -> None:
    """Sessions outlive a restart; the file's mode keeps the key ours."""
    home = Home.at(tmp_path / "data")
    key = home.secret_key()
    assert len(key) >= 50
    assert home.secret_key() == key
    assert stat.S_IMODE((home.data / "secret_key").stat().st_mode) == 0o600
    assert Home.at(tmp_path / "other").secret_key() != key


def test_all_who_start_at_the_same_moment_read_the_same_key(tmp_path: Path) -> None:
    for turn in range(40):
        home, gate = Home.at(tmp_path / str(turn)), Barrier(8)

        def first(home: Home = home, gate: Barrier = gate) -> str:
            gate.wait()
            return home.secret_key()

        with ThreadPoolExecutor(8) as pool:
            keys = [future.result() for future in [pool.submit(first) for _ in range(8)]]
        assert len(keys[0]) >= 50
        assert set(keys) == {keys[0]}
        assert [path.name for path in home.data.iterdir()] == ["secret_key"]

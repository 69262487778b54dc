"""A corpus of addresses that lead inside: not one of them is connected to."""

from __future__ import annotations

import socket
import threading
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from plays.surfaces import calling, targets
from plays.surfaces.protocol import SurfaceError
from tests.plays.surfaces.receiver import receiving

# Every form goes through the real resolver, but where a name is needed: these answer as an attacker's would.
NAMES = {
    "inside.example": ["10.0.0.5"],
    "half-inside.example": ["93.184.216.34", "127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "sixtofour.example": ["2002:7f00:1::1"],
    "teredo.example": ["2001:0:7f00:1::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nothing.example": [],
}
CORPUS = [
    *(
        f"https://{host}/"
        for host in (
            "127.0.0.1", "127.1", "2130706433", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "0", "0.0.0.0", "localhost",
            "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
            "100.127.255.254", "192.0.0.192", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.7",
            "192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
            "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
            "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2001::1]", "[2001:db8::1]", "[fc00::1]",
            "[fd00::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[100::1]", "[3fff::1]", "[5f00::1]",
            "0177.1", "127.0.1", "0x7f.1", "017700000001", "127.0.0.1.", "00000000177.0.0.1", "2852039166",
            "0xa9fea9fe", "0251.0376.0251.0376", "100.100.100.200", "168.63.129.16", "[::ffff:7f00:1]",
            "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[::ffff:0:127.0.0.1]",
            "[64:ff9b::169.254.169.254]", "[2002:a9fe:a9fe::]", "[2001:0:a9fe:a9fe::1]", "[fd00:ec2::254]",
            "[::ffff:168.63.129.16]",
            *NAMES, "①②⑦.⓪.⓪.①", "127。0。0。1", "localhost.", "LOCALHOST",
        )
    ),
    "http://93.184.216.34/", "ftp://93.184.216.34/", "file:///etc/passwd", "gopher://127.0.0.1:25/", "//127.0.0.1/",
    "https://user:secret@93.184.216.34/", "https://93.184.216.34@127.0.0.1/", "https://127.0.0.1#@93.184.216.34/",
    "https://93.184.216.34:22/", "https://93.184.216.34:6379/", "https://93.184.216.34:99999/", "https://", "https:///x",
    "https://93.184.216.34:443:22/", "https://93.184.216.34:0/", "https://93.184.216.34:-443/", "https://:443/",
    "https://93.184.216.34:80/", "https://93.184.216.34:٤٤٣/", "https://93.184.216.34:443abc/", "HTTP://93.184.216.34/",
    "https://@93.184.216.34/", "https://:@93.184.216.34/", "https://user@93.184.216.34/", "https:93.184.216.34/",
    "https://[::1/", "https://[127.0.0.1]/", "https://127.0.0.1?@93.184.216.34/", "https://[::1%25eth0]/",
    "https://93.184.216.34\\@127.0.0.1/", "https://127.0.0.1%2f@93.184.216.34/", "https://[fe80::1%25lo]/",
    "https://93.184.216.34/\r\nHost: x", "https://" + "a" * 600 + ".example/", "javascript:alert(1)", "",
]  # fmt: skip


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every connect that is tried; none gets through."""
    tried: list[Any] = []

    def refuse(self: socket.socket, address: Any) -> None:
        tried.append(address)
        raise OSError("No connection in this test.")

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host in NAMES:
            return [
                (socket.AF_INET6 if ":" in text else socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port))
                for text in NAMES[host]
            ]
        return real(host, port, *args, **kwargs)

    real = socket.getaddrinfo
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return tried


@pytest.mark.parametrize("url", CORPUS)
def test_nothing_inside_is_connected_to(connects: list[Any], url: str) -> None:
    with pytest.raises(SurfaceError):
        calling.post(url, body=b"{}", headers={})
    assert connects == []


def test_the_test_would_see_a_connect(connects: list[Any]) -> None:
    """A public address is connected to, so an empty list above means something."""
    with pytest.raises(SurfaceError, match="connection failed"):
        calling.post("https://93.184.216.34/", body=b"{}", headers={})
    assert connects == [("93.184.216.34", 443)]


def test_a_name_that_changes_its_answer_is_called_at_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """DNS rebinding: public at the check, loopback a moment later; the second answer is never asked for."""
    asked: list[str] = []
    tried: list[Any] = []

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host == "93.184.216.34":
            return real(host, port, *args, **kwargs)
        asked.append(host)
        text = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port))]

    def refuse(self: socket.socket, address: Any) -> None:
        tried.append(address)
        raise OSError("No connection in this test.")

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(SurfaceError):
        calling.post("https://rebinding.example/", body=b"{}", headers={})
    assert asked == ["rebinding.example"]
    assert tried == [("93.184.216.34", 443)]


def test_a_redirect_to_the_inside_is_not_followed(settings: Settings) -> None:
    settings.ALLOWED_PRIVATE_TARGETS = [ip_network("127.0.0.0/8")]
    with receiving() as receiver, receiving() as inside:
        receiver.answers = [(302, {"Location": inside.url}, b"")]
        assert calling.post(receiver.url, body=b"{}", headers={}).status == 302
        assert inside.calls == []


def test_a_private_network_is_called_where_the_installation_allows_it_and_only_that_one(
    settings: Settings,
) -> None:
    settings.ALLOWED_PRIVATE_TARGETS = [ip_network("127.0.0.0/8")]
    with receiving() as receiver:
        assert calling.post(receiver.url, body=b"{}", headers={}).status == 204
    with pytest.raises(SurfaceError, match="private or reserved"):
        calling.post("https://10.0.0.1/", body=b"{}", headers={})
    with pytest.raises(SurfaceError, match="https"):
        calling.post("http://93.184.216.34/", body=b"{}", headers={})


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e", "100.128.0.1"]
)
def test_what_is_public_is_public(text: str) -> None:
    assert targets.is_public(ip_address(text))


def test_the_name_and_not_the_address_stands_in_host(settings: Settings) -> None:
    settings.ALLOWED_PRIVATE_TARGETS = [ip_network("127.0.0.0/8"), ip_network("::1/128")]
    with receiving() as receiver:
        calling.post(f"http://localhost:{receiver.port}/x", body=b"{}", headers={})
        assert receiver.calls[0].headers["host"] == f"localhost:{receiver.port}"


def test_an_endless_answer_and_a_dripping_one_come_to_an_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOWED_PRIVATE_TARGETS = [ip_network("127.0.0.0/8")]
    monkeypatch.setattr(calling, "TOTAL_SECONDS", 0.6)
    import time

    def drip(handler: Any) -> bool:
        """A header a moment, for ever: no single read takes long."""
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(100):
                handler.wfile.write(b"X-More: yes\r\n")
                time.sleep(0.05)
        except OSError:
            pass
        handler.close_connection = True
        return True

    def flood(handler: Any) -> bool:
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n")
            for _ in range(64):
                handler.wfile.write(b"x" * 65_536)
        except OSError:
            pass
        handler.close_connection = True
        return True

    with receiving() as receiver:
        receiver.behave = drip
        with pytest.raises(SurfaceError):
            calling.post(receiver.url, body=b"{}", headers={})
        receiver.behave = flood
        reply = calling.post(receiver.url, body=b"{}", headers={})
        assert reply.status == 200
        assert len(reply.body) <= calling.MOST_READ


def test_a_resolver_that_does_not_answer_is_left_behind(
    monkeypatch: pytest.MonkeyPatch, connects: list[Any]
) -> None:
    """The call ends, however long the machine's resolver would have thought."""
    answers = threading.Event()

    def resolve(*args: Any, **kwargs: Any) -> Any:
        answers.wait()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(targets, "LOOKUP_SECONDS", 0.02)
    try:
        with pytest.raises(SurfaceError, match="could not be resolved"):
            calling.post("https://slow.example/", body=b"{}", headers={})
    finally:
        answers.set()
    assert connects == []

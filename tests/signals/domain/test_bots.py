"""Who is a machine: by what it says of itself, by where it comes from, and by what RevOps wrote down."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.domain.bots import Machines, listed, read_network

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    "agent",
    [
        pytest.param(f"{WINDOWS}Chrome/142.0.0.0 Safari/537.36", id="Chrome"),
        pytest.param(f"{WINDOWS}Chrome/142.0.0.0 Safari/537.36 Edg/142.0.3595.53", id="Edge"),
        pytest.param("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", id="Firefox"),
        pytest.param(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.5 Mobile/15E148 Safari/604.1",
            id="Safari on a phone",
        ),
        pytest.param(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/26.0 Safari/605.1.15",
            id="Safari",
        ),
        pytest.param(
            "Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/AP3A.240617.008) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Mobile Safari/537.36",
            id="Chrome on a phone",
        ),
        pytest.param(f"{WINDOWS}Chrome/142.0.0.0 Safari/537.36 OPR/125.0.0.0", id="Opera"),
        pytest.param(
            "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) "
            "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            id="Samsung",
        ),
        pytest.param(
            f"{WINDOWS}Teams/24.1 Chrome/120 Electron/28.0 Safari/537.36", id="a desktop application"
        ),
        pytest.param("okhttp/4.12.0", id="an Android application"),
        pytest.param(
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            id="a mail that somebody opened in Gmail",
        ),
        pytest.param("Amazon CloudFront", id="a proxy that hides its visitor"),
        pytest.param("", id="none"),
    ],
)
def test_people(agent: str) -> None:
    assert Machines().of_agent(agent) is None


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bingbot"),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "Ahrefs"),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.3)", "GPTBot"),
        ("Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "claude"),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "facebookexternalhit"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slackbot"),
        (f"{WINDOWS}HeadlessChrome/142.0.0.0 Safari/537.36", "HeadlessChrome"),
        ("Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 PhantomJS/2.1.1 Safari/538.1", "PhantomJS"),
        (f"{WINDOWS}Chrome/90 Safari/537.36 BarracudaCentral/1.0", "Barracuda"),
        ("Mozilla/5.0 (compatible; Proofpoint URL Defense)", "Proofpoint"),
        ("Mimecast-URL-Protect", "Mimecast"),
        ("Microsoft Office Existence Discovery", "Microsoft Office Existence Discovery"),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32.3", "python-requests"),
        ("Wget/1.21.4", "wget"),
    ],
)
def test_machines(agent: str, name: str) -> None:
    found = Machines().of_agent(agent)
    assert found is not None
    assert name.lower() in found.name.lower()
    assert found.why.startswith("its user agent")


def page(**context: Any) -> dict[str, Any]:
    return {"type": "page", "context": context}


GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1)"


@pytest.mark.parametrize(
    ("event", "agent", "is_machine"),
    [
        pytest.param(page(userAgent=GOOGLEBOT), "", True, id="as the server says"),
        pytest.param(page(), GOOGLEBOT, True, id="as the browser says"),
        pytest.param(page(userAgent=WINDOWS), "curl/8", False, id="a server speaks for its visitor"),
        pytest.param({"type": "page"}, "", False, id="nobody says anything"),
        pytest.param({"type": "page", "context": "x"}, "", False, id="a context of a wrong shape"),
        pytest.param(page(userAgent=7, ip=["x"]), "", False, id="an agent of a wrong shape"),
        pytest.param(page(automated=True), WINDOWS, True, id="a driven browser"),
        pytest.param(page(automated="no"), WINDOWS, False, id="not quite saying so"),
        pytest.param(page(userAgent="curl/8.5.0"), "", True, id="a library views a page"),
        pytest.param(
            {"type": "track", "event": "x", "context": {"userAgent": "python-requests/2.32"}},
            "",
            False,
            id="a library uses our interface",
        ),
        pytest.param(
            {"type": "track", "event": "x", "context": {"userAgent": GOOGLEBOT}},
            "",
            True,
            id="a crawler clicks",
        ),
        pytest.param(
            {"type": "identify", "context": {"userAgent": GOOGLEBOT}}, "", True, id="a crawler signs in"
        ),
    ],
)
def test_of_an_event(event: dict[str, Any], agent: str, is_machine: bool) -> None:
    assert (Machines().why(event, agent=agent) is not None) is is_machine


OURS = Machines(
    agents=["AcmeMonitor", "  "], networks=["192.0.2.0/24", "2001:db8::/32", "198.51.100.7", "rubbish"]
)


@pytest.mark.parametrize(
    ("agent", "address", "name"),
    [
        pytest.param(f"{WINDOWS}acmemonitor/3", "", "AcmeMonitor", id="their own list, in any case"),
        pytest.param(WINDOWS, "192.0.2.255", "192.0.2.0/24", id="the last address of a network"),
        pytest.param(WINDOWS, "192.0.3.0", None, id="the first after it"),
        pytest.param(WINDOWS, "2001:db8::1", "2001:db8::/32", id="IPv6"),
        pytest.param(WINDOWS, "198.51.100.7", "198.51.100.7/32", id="one address"),
        pytest.param(WINDOWS, "not an address", None, id="no address"),
        pytest.param(WINDOWS, "", None, id="nothing known"),
    ],
)
def test_revops_own_list(agent: str, address: str, name: str | None) -> None:
    found = OURS.why(page(), agent=agent, address=address)
    assert (found.name if found else None) == name
    said = OURS.why(page(userAgent=agent, ip=address))
    assert (said.name if said else None) == name


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.9/24", "192.0.2.0/24"),
        (" 192.0.2.9 ", "192.0.2.9/32"),
        ("2001:db8::1/32", "2001:db8::/32"),
        ("192.0.2.0/33", None),
        ("acme", None),
        ("", None),
    ],
)
def test_networks_are_read(text: str, network: str | None) -> None:
    found = read_network(text)
    assert (str(found) if found else None) == network


@given(st.text(max_size=700), st.text(max_size=60))
def test_no_words_make_it_fail(agent: str, address: str) -> None:
    OURS.why(page(userAgent=agent, ip=address), agent=agent, address=address)


def test_the_same_user_agent_is_looked_up_once() -> None:
    listed.cache_clear()
    for _ in range(50):
        Machines().of_agent(GOOGLEBOT)
    assert listed.cache_info().misses == 1

"""Which events machines sent: crawlers, headless browsers, mail scanners, and what RevOps wrote down beside them.

Three lists: the package `crawler-user-agents` (a maintained list of crawlers, MIT), what is kept here, and RevOps'
own patterns and networks. A machine's page view says nothing about the account that it seems to come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

MAX_AGENT = 512
"""User agents are read no further: no browser's is longer."""

REMEMBERED = 8_192
"""User agents whose answer is remembered in a process: the list takes 0.2 ms a new one."""

HEADLESS = (
    "HeadlessChrome", "PhantomJS", "SlimerJS", "HtmlUnit", "Puppeteer", "Playwright", "Selenium", "WebDriver",
    "Cypress/", "jsdom/", "Nightmare/", "ZombieJS", "Electron/0.",
)  # fmt: skip
"""A browser that a program drives says one of these of itself."""

SCANNERS = (
    "Barracuda", "Proofpoint", "Mimecast", "MailScanner", "Cisco-IronPort", "IronPort", "Symantec", "MessageLabs",
    "FireEye", "Trellix", "Trend Micro", "TMUFE", "Sophos", "Forcepoint", "Websense", "Zscaler", "Cloudmark",
    "Fortinet", "FortiGuard", "Kaspersky", "BitDefender", "Avanan", "Check Point", "URLScan", "VirusTotal",
    "SafeLinks", "Microsoft Office Existence Discovery", "Google-Safety", "PhishTank", "Netcraft", "Vade Secure",
    "Ironscales", "Abnormal Security", "Cofense", "KnowBe4", "Hornetsecurity", "Spamhaus",
)  # fmt: skip
"""Programs that open every link of a mail before, or instead of, the person it was written to."""

PEOPLE = ("okhttp", "GoogleImageProxy", "YahooMailProxy", "Amazon CloudFront", "AP3A")
"""On the package's list, but behind them stands a person: an app, a mail that somebody opened, a proxy, a phone."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine and how it was known. `why` is the rest of a sentence: "…: its user agent says Googlebot/"."""

    name: str
    why: str
    is_library: bool = False


class Machines:
    """The lists in force. Texts are looked for anywhere in the user agent, without case; networks are CIDRs."""

    def __init__(self, agents: Iterable[str] = (), networks: Iterable[str] = ()) -> None:
        self._agents = tuple((text, text.casefold()) for text in agents if text.strip())
        self._networks = tuple(network for text in networks if (network := read_network(text)))

    def why(self, event: Mapping[str, Any], *, agent: str = "", address: str = "") -> Machine | None:
        """The machine that sent a Segment message, or None. `agent` and `address` are the browser's that called.

        What the event says of its own sender goes before: a server speaks for its visitors. A program's HTTP library
        is a machine where it views pages; what it tracks may be somebody's use of our interface.
        """
        context = event.get("context")
        said: Mapping[str, Any] = context if isinstance(context, dict) else {}
        if said.get("automated") is True:
            return Machine("An automated browser", "the browser says that a program drives it")
        found = self.of_agent(_text(said.get("userAgent")) or agent)
        if found is not None and not (found.is_library and event.get("type") == "track"):
            return found
        return self.of_address(_text(said.get("ip")) or address) if self._networks else None

    def of_agent(self, agent: str) -> Machine | None:
        """The machine that a user agent names, by RevOps' own list first."""
        if not agent:
            return None
        if self._agents:
            plain = agent[:MAX_AGENT].casefold()
            for text, wanted in self._agents:
                if wanted in plain:
                    return Machine(text, f"its user agent holds “{text}”, which is on your own list")
        return listed(agent[:MAX_AGENT])

    def of_address(self, address: str) -> Machine | None:
        """The machine in one of RevOps' networks."""
        try:
            found = ip_address(address.strip())
        except ValueError:
            return None
        for network in self._networks:
            if found.version == network.version and found in network:
                return Machine(str(network), f"its address is in {network}, which is on your own list")
        return None


@lru_cache(maxsize=REMEMBERED)
def listed(agent: str) -> Machine | None:
    """The machine that the lists of the program know by its user agent."""
    plain = agent.casefold()
    for text in HEADLESS:
        if text.casefold() in plain:
            return Machine(text.rstrip("/."), "its user agent is that of a browser which a program drives")
    for text in SCANNERS:
        if text.casefold() in plain:
            return Machine(text.strip(), "its user agent is that of a mail or link scanner")
    for pattern, name, is_library in _crawlers():
        if pattern.search(agent):
            kind = "a program's HTTP library" if is_library else "a known crawler"
            return Machine(name, f"its user agent is that of {kind}", is_library)
    return None


@lru_cache(maxsize=1)
def _crawlers() -> tuple[tuple[re.Pattern[str], str, bool], ...]:
    """The package's list, compiled once. One by one: as a single alternation it takes twice the time."""
    return tuple(
        (re.compile(one["pattern"]), _named(one["pattern"]), "http-library" in one.get("tags", ()))
        for one in CRAWLER_USER_AGENTS_DATA
        if not one["pattern"].startswith(PEOPLE)
    )


def _named(pattern: str) -> str:
    """A pattern as a name to read: `Googlebot\\/` is Googlebot, `[wW]get` is wget."""
    name = re.sub(r"\[(.)[^\]]*\]", r"\1", pattern.replace("\\", ""))
    return re.sub(r"\([^)]*\)|[\^$?*+|]", "", name).strip("/ .-") or pattern


def read_network(text: str) -> IPv4Network | IPv6Network | None:
    """A CIDR or a single address as a network; None where it is neither."""
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""

"""Registrable domains by the public suffix list, offline, and the free-mail domains that are nobody's company."""

import re
from functools import lru_cache
from importlib import resources
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

# Names that exist only inside somebody's network, and are nobody's company.
_PRIVATE = frozenset(
    {
        "localhost",
        "local",
        "lan",
        "internal",
        "intranet",
        "corp",
        "home",
        "localdomain",
        "invalid",
        "onion",
        "arpa",
    }
)
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    # The list's own rule: where no rule matches, the last label is the suffix, so that new and reserved top
    # levels (`acme.example`) work. Private networks' names are refused in `host_of`.
    return PublicSuffixList(accept_unknown=True)


@lru_cache(maxsize=1)
def _free_mail() -> frozenset[str]:
    text = resources.files("abmops.lib").joinpath("free_mail_domains.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def host_of(value: str) -> str | None:
    """The lower-case ASCII host of a URL, an e-mail address or a bare host; None where there is none."""
    text = value.strip().lower()
    if "@" in text and "/" not in text:
        text = text.rpartition("@")[2]
    host = text if _HOST.fullmatch(text) else _ascii_host_in(text)  # most are hosts as they stand
    if not host or len(host) > 253:
        return None
    last = host.rpartition(".")[2]
    return None if last.isdigit() or last in _PRIVATE else host


def _ascii_host_in(text: str) -> str | None:
    try:
        host = (urlsplit(text if "//" in text else f"//{text}").hostname or "").rstrip(".")
        ascii_host = host.encode("idna").decode("ascii")
    except ValueError:
        return None
    return ascii_host if _HOST.fullmatch(ascii_host) else None


def registrable_domain(value: str) -> str | None:
    """The registrable domain of a URL, e-mail address or host: `https://www.acme.co.uk/x` gives `acme.co.uk`.

    Lower case, punycode. None for an IP address, a public suffix itself, or a private network's name.
    """
    # Everybody at a company has its one host: that is remembered, and not each of their addresses.
    return _registrable(value if "/" in value else value.rpartition("@")[2])


@lru_cache(maxsize=131_072)
def _registrable(value: str) -> str | None:
    host = host_of(value)
    return _suffixes().privatesuffix(host) if host else None


def is_free_mail(domain: str) -> bool:
    """Whether a registrable domain hands out mailboxes to anybody, so that it names no company."""
    return domain in _free_mail()


def company_domain(value: str) -> str | None:
    """The registrable domain that may stand for a company, or None (free mail, not a domain)."""
    domain = registrable_domain(value)
    return None if domain is None or is_free_mail(domain) else domain

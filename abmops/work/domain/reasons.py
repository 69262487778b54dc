"""Why an attempt failed, cut and redacted so that it can be stored and shown."""

import re
import traceback

LONGEST = 2_000
FRAMES = 4
_SECRETS = (
    (re.compile(r"[\w.+'-]+@(?=[\w-]+\.[\w.-]+)"), "***@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"(?i)\b(abm_[a-z]+_[\w-]+?)_\w{16,}"), r"\1_***"),
    (
        re.compile(r"(?i)((?:password|secret|token|api_?key|write_?key)['\"]?\s*[=:]\s*['\"]?)[^\s'\",;&]+"),
        r"\1***",
    ),
    (re.compile(r"(?i)(\w+://[^\s:/@]+:)[^\s@]+@"), r"\1***@"),
)


def reason_for(error: BaseException) -> str:
    """The error in a line, then its innermost frames: no local values, no e-mail names, no credentials, no
    NUL.
    """
    lines = [f"{type(error).__name__}: {error}"]
    lines += [
        f"  {frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-FRAMES:]
    ]
    return redacted("\n".join(lines))


def redacted(text: str) -> str:
    """`text` without what must not be stored, and no longer than a reader wants."""
    for pattern, stand_in in _SECRETS:
        text = pattern.sub(stand_in, text)
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 2] + " …"

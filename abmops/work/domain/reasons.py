"""Why an attempt failed, cut and redacted so that it can be stored and shown."""

import re
import traceback

LONGEST = 2_000
FRAMES = 4
# Every repetition has a bound: the text may be anything, and a pattern without one takes minutes on a long word.
_SECRETS = (
    (re.compile(r"[\w.+'-]{1,64}@(?=[\w-]{1,63}\.)"), "***@"),
    (re.compile(r"(?i)\b(bearer|basic)\s{1,4}[\w.~+/=-]{8,2000}"), r"\1 ***"),
    (re.compile(r"(?i)\b(abm_[a-z]{1,12}_[a-z0-9-]{1,32})_\w{16,200}"), r"\1_***"),
    (
        re.compile(
            r"(?i)((?:password|secret|token|api_?key|write_?key)['\"]?\s{0,4}[=:]\s{0,4}['\"]?)[^\s'\",;&]{1,2000}"
        ),
        r"\1***",
    ),
    (re.compile(r"(?i)(\b\w{1,20}://[^\s:/@]{0,64}:)[^\s@]{1,200}@"), r"\1***@"),
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
    text = text[: 2 * LONGEST]
    for pattern, stand_in in _SECRETS:
        text = pattern.sub(stand_in, text)
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= LONGEST else clean[: LONGEST - 2] + " …"

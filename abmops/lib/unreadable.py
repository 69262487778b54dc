"""Bytes that should be JSON and are none: how they begin, and what is told of them."""

BOM = b"\xef\xbb\xbf"
"""How texts begin that a Windows program wrote as UTF-8."""


def why_no_json(raw: bytes, error: Exception, called: str) -> str:
    """A sentence for whoever sent `raw`, which a decoder refused with `error`. `called`: body, line, event."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return f"The {called} is UTF-16. Send it as UTF-8."
    if not raw.strip():
        return f"The {called} is empty. Send JSON."
    why = str(error).removeprefix("JSON is malformed: ").removeprefix("Input data was ")
    return f"The {called} is not valid JSON: {why}."

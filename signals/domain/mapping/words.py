"""A mapping read aloud, a sentence for each of its parts."""

from __future__ import annotations

from signals.domain.mapping.parsing import Mapping
from signals.domain.mapping.rule import ANY, Rule

CALLED = {
    "type": "Signal type",
    "account_domain": "Account's domain",
    "account_external_id": "Account's id in another system",
    "contact_email": "Contact's e-mail",
    "topic": "Topic",
    "strength": "Strength",
    "occurred_at": "When it happened",
    "message_id": "Message id",
    "properties": "Kept with it",
}


def describe(mapping: Mapping) -> list[tuple[str, str]]:
    """What the mapping does, as (part, sentence)."""
    lines = [("Items", _items(mapping))]
    lines += [
        ("Only where", f"{one.sentence}; the others are counted as “{one.name}” and not stored.")
        for one in mapping.only
    ]
    lines += [(CALLED[name], _sentence(name, rule)) for name, rule in mapping.fields]
    names = {name for name, _ in mapping.fields}
    if "occurred_at" not in names:
        lines.append((CALLED["occurred_at"], "When we receive it."))
    if "message_id" not in names:
        once = "Made of company, type, topic and week, so that a file sent twice is stored once."
        lines.append((CALLED["message_id"], once if "topic" in names else "Made of company, type and time."))
    if mapping.kept is None:
        lines.append((CALLED["properties"], "Every plain value of the item."))
    elif mapping.kept:
        lines.append((CALLED["properties"], ", ".join(name for name, _ in mapping.kept) + "."))
    if mapping.followed_topics_only:
        lines.append(("Topics", "Only those that you follow; the others are tallied once a topic and day."))
    return lines


def _items(mapping: Mapping) -> str:
    if not mapping.items:
        return "The body itself; each of its elements where it is a list, each row of a CSV file."
    lists = mapping.items.count("[]")
    return (
        f"Each element of “{mapping.items}”."
        if lists < 2
        else f"Each element of “{mapping.items}”, list within list."
    )


def _sentence(name: str, rule: Rule) -> str:
    if rule.value is not None:
        return f"Always “{rule.value}”."
    if rule.template:
        said = "Made of " + "".join(
            part if isinstance(part, str) else f"{{{part.text}}}" for part in rule.template
        )
    else:
        said = "From " + ", else ".join(f"“{place.text}”" for place in rule.places)
    if rule.table:
        pairs = [
            f"{'anything else' if theirs == ANY else theirs} → {ours}" for theirs, ours in rule.table[:6]
        ]
        more = len(rule.table) - len(pairs)
        said += f", by a table ({', '.join(pairs)}{f' and {more} more' if more > 0 else ''})"
    if rule.out_of:
        said += f", {rule.out_of:g} becoming 100"
    if rule.forms:
        said += f", written as {' or '.join(rule.forms)}"
    if name == "occurred_at" and str(rule.zone) != "UTC":
        said += f", in {rule.zone}"
    if rule.otherwise is not None:
        said += f"; “{rule.otherwise}” where it is empty"
    elif name == "strength":
        said += "; an item without one is refused"
    return f"{said}."

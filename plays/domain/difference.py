"""Two versions of a play compared: what the second changed against the first, in sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plays.domain import sentences
from plays.domain import vocabulary as words
from plays.domain.definition import PlayDefinition, Step


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `kind`: added, removed, changed or moved; `part`: what of the play it is about.

    `was` and `now`: the words themselves, where it is words for people that differ.
    """

    kind: str
    part: str
    sentence: str
    was: str = ""
    now: str = ""


def changes_between(
    before: PlayDefinition, after: PlayDefinition, names: Mapping[str, str] | None = None
) -> tuple[Change, ...]:
    """Every difference in the order in which a play is read; none where they say the same."""
    return (*_parts(before, after, names), *_steps(before, after))


def _parts(
    before: PlayDefinition, after: PlayDefinition, names: Mapping[str, str] | None
) -> Iterator[Change]:
    told = (
        (
            "Trigger",
            before.trigger,
            after.trigger,
            lambda one: sentences.trigger_sentence(one.trigger, names),
        ),
        (
            "Audience",
            before.audience,
            after.audience,
            lambda one: sentences.audience_sentence(one.audience, names),
        ),
        ("Exits", before.exits, after.exits, lambda one: sentences.exits_sentence(one.exits)),
        (
            "Measure",
            (before.contract, before.holdout),
            (after.contract, after.holdout),
            sentences.contract_sentence,
        ),
        ("Limits", before.throttle, after.throttle, sentences.throttle_sentence),
    )
    for part, was, now, tell in told:
        if was != now:
            yield Change("changed", part, f"{part}: “{tell(before)}” is now “{tell(after)}”")
    if before.priority != after.priority:
        yield Change(
            "changed", "Priority", f"Priority: {before.priority} is now {after.priority}; higher wins."
        )


def _steps(before: PlayDefinition, after: PlayDefinition) -> Iterator[Change]:
    was = {step.key: step for step in before.steps}
    now = {step.key: step for step in after.steps}
    for step in before.steps:
        if step.key not in now:
            yield Change(
                "removed",
                step.name,
                f"Step “{step.name}” is gone: {_lower(sentences.step_sentence(step))}",
                was=_words(step),
            )
    previous = ""
    for step in after.steps:
        place = f"after “{previous}”" if previous else "as the first step"
        if step.key not in was:
            yield Change(
                "added",
                step.name,
                f"Step “{step.name}” is new, {place}: {_lower(sentences.step_sentence(step))}",
                now=_words(step),
            )
        else:
            for sentence, *texts in _step(was[step.key], step):
                yield Change("changed", step.name, f"Step “{step.name}”: {sentence}", *texts)
        previous = step.name
    common_before = [step.key for step in before.steps if step.key in now]
    common_after = [step.key for step in after.steps if step.key in was]
    if common_before != common_after:
        order = [now[key].name for key in common_after]
        yield Change(
            "moved", "Order", f"The steps come in another order now: {words.listed(order, joiner='then')}."
        )


def _step(was: Step, now: Step) -> Iterator[tuple[str, ...]]:
    """Each difference as a sentence; where it is one of words, with those before and those of now."""
    if sentences.step_sentence(was) != sentences.step_sentence(now):
        yield (f"“{sentences.step_sentence(was)}” is now “{sentences.step_sentence(now)}”",)
    if was.title != now.title:
        yield (
            f"its title is now “{now.title}”." if now.title else "its title is made from its channel now.",
        )
    if was.instructions != now.instructions:
        yield "its text is another one.", was.instructions, now.instructions
    for persona in (*was.variants, *(one for one in now.variants if one not in was.variants)):
        who = persona.replace("_", " ")
        if persona not in now.variants:
            yield f"the words for the {who} are gone.", was.variants[persona], ""
        elif persona not in was.variants:
            yield f"it has words of its own for the {who} now.", "", now.variants[persona]
        elif was.variants[persona] != now.variants[persona]:
            yield f"the words for the {who} are others.", was.variants[persona], now.variants[persona]


def _words(step: Step) -> str:
    """All that a step says to people, as a reviewer reads it."""
    variants = (f"For the {who.replace('_', ' ')}: {said}" for who, said in step.variants.items())
    return "\n".join(text for text in (step.title, step.instructions, *variants) if text)


def _lower(sentence: str) -> str:
    return f"{sentence[:1].lower()}{sentence[1:]}"

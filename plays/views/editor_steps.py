"""The steps of a play, laid out as rows of the editor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from abmops.lib.choices import CommitteeRole
from plays.domain import merge, sentences
from plays.domain import vocabulary as words
from plays.domain.definition import PlayDefinition
from plays.domain.draft import Document
from plays.domain.parse import MAX_STEPS
from plays.views.editor_fields import Input, Maker, Slots

SURFACES = (("slack", "Slack"), ("email", "E-mail"), ("webhook", "Webhook"))
CHANNELS = tuple((name, words.as_title(said)) for name, said in words.CHANNELS.items())
OWNERS = (
    ("owner", "The account's owner"),
    ("sdr", "SDR"),
    ("ae", "Account executive"),
    ("csm", "Customer success manager"),
    ("marketer", "Marketer"),
    ("revops", "RevOps"),
)


@dataclass(frozen=True, slots=True)
class Variant:
    """The words for one persona or committee role."""

    persona: str
    label: str
    input: Input


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step with its fields. `free`: the roles that have no words of their own yet."""

    index: int
    name: str
    sentence: str
    who: Sequence[Input]
    finer: Sequence[Input]
    texts: Sequence[Input]
    variants: Sequence[Variant]
    free: Sequence[tuple[str, str]]
    is_first: bool
    is_last: bool

    @property
    def is_finer(self) -> bool:
        """Whether any of the finer settings says something."""
        return any(one.value or one.faults for one in self.finer)

    @property
    def fold(self) -> str:
        """What its fold is called."""
        return f"steps-{self.index}"

    @property
    def finer_fold(self) -> str:
        """What the fold of its finer settings is called."""
        return f"finer-{self.index}"

    @property
    def number(self) -> int:
        """Counted from 1."""
        return self.index + 1

    def inputs(self) -> Iterator[Input]:
        """All its fields."""
        yield from self.who
        yield from self.finer
        yield from self.texts
        yield from (variant.input for variant in self.variants)


def steps_of(
    document: Document, definition: PlayDefinition, faults: Slots, notes: Slots, personas: Sequence[str] = ()
) -> list[StepRow]:
    """The steps as rows; `personas`: what the contacts here are called besides the committee roles."""
    make = Maker(document, faults, notes)
    steps = list(document.get("steps") or [])[:MAX_STEPS]
    read = definition.steps
    roles = [
        *CommitteeRole.choices,
        *((one, one) for one in personas if one not in dict(CommitteeRole.choices)),
    ]
    return [
        _row(make, index, step, sentences.step_sentence(read[index]) if index < len(read) else "", roles, len(steps))
        for index, step in enumerate(steps)
    ]  # fmt: skip


def _row(
    make: Maker, index: int, step: Document, sentence: str, roles: Sequence[tuple[str, str]], total: int
) -> StepRow:
    at = f"steps-{index}"
    called = dict(roles)
    sides = ((name, said.capitalize()) for name, said in words.SIDES.items())
    surfaces = (("", "A task for a person"), *((name, f"Done by {said}") for name, said in SURFACES))
    wait = "days after the step before" if index else "days after the start"
    variants = [
        Variant(
            persona,
            called.get(persona, persona),
            make.one(f"{at}-variant-{place}", f"Words for the {called.get(persona, persona)}", "area", text),
        )
        for place, (persona, text) in enumerate((step.get("variants") or {}).items())
    ]
    return StepRow(
        index=index,
        name=words.step_name(str(step.get("key") or f"step {index + 1}")),
        sentence=sentence,
        who=[
            make.choice(f"{at}-channel", "Channel", CHANNELS, step.get("channel")),
            make.choice(f"{at}-side", "From", sides, step.get("side")),
            make.choice(f"{at}-role", "Owed by", OWNERS, step.get("role")),
            make.one(f"{at}-wait_days", "Opens", "number", step.get("wait_days"), unit=wait),
            make.one(f"{at}-sla_hours", "Due within", "number", step.get("sla_hours"), unit="working hours"),
            make.choice(f"{at}-surface", "Done as", surfaces, step.get("surface") or ""),
        ],
        finer=[
            make.one(
                f"{at}-wait_business_days",
                "Or after",
                "number",
                step.get("wait_business_days") or "",
                unit="working days",
            ),
            make.one(f"{at}-wait_hours", "And then", "number", step.get("wait_hours") or "", unit="hours"),
            make.one(
                f"{at}-opens_between",
                "Only between",
                "text",
                step.get("opens_between"),
                help="Times of the owner's day, such as 09:00-11:00.",
            ),
            make.one(
                f"{at}-tries",
                "Tried",
                "number",
                step.get("tries") or "",
                unit="times while nobody is reached",
                help="“No answer” brings the task back on the next working day. Empty: once.",
            ),
        ],
        texts=[
            make.one(
                f"{at}-key",
                "Name of the step",
                "text",
                step.get("key"),
                help="Small letters and hyphens, such as first-call. Accounts on their way are known by it: keep it when you reword.",  # noqa: E501
            ),
            make.one(
                f"{at}-title",
                "Title of the task",
                "text",
                step.get("title"),
                help="Empty: made from the channel, such as “Call Ines Aldana, VP Supply Chain”.",
            ),
            make.one(f"{at}-instructions", "What to do and say", "area", step.get("instructions")),
        ],
        variants=variants,
        free=[(value, said) for value, said in roles if value not in (step.get("variants") or {})],
        is_first=index == 0,
        is_last=index == total - 1,
    )


MERGE_FIELDS = tuple(
    (f"{{{{{token}}}}}", merge.MEANINGS[token], instead) for token, instead in merge.TOKENS.items()
)
"""(as it is written, what it is, what stands there when it is empty)."""

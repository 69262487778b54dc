"""What a file tells of itself before it is read: decided, asked, contradictory, worth a note."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.domain import currencies

_MAJOR = (
    "EUR",
    "USD",
    "GBP",
    "CHF",
    "CAD",
    "AUD",
    "JPY",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "INR",
    "SGD",
    "BRL",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer a person can give: its value, and what it makes of the file's own cells, in words."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the file does not say by itself. The answer goes into `answers` under `key`, one of `choices`' values."""

    key: str
    column: int | None
    text: str
    choices: tuple[Choice, ...]


@dataclass(slots=True)
class Findings:
    """What came out of the columns: answers decided, questions left, what is contradictory, what to tell."""

    answers: dict[str, str]
    questions: list[Question] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def settle(
        self, key: str, proofs: dict[str, tuple[int, str]], unclear: str, told: str, names: dict[str, str]
    ) -> bool:
        """Decide a column by its proofs (answer -> line and text). True where it is decided, or given by a person.

        Proof of one kind wins over an answer remembered from another file; proofs of both kinds need a person's.
        """
        given = self.answers.get(key, "")
        if len(proofs) == 1:
            ((value, (line, text)),) = proofs.items()
            self.answers[key] = value
            self.notes.append(f"{told}: {names[value]}, as line {line} ({text[:40]}) shows.")
            return True
        if len(proofs) > 1:
            seen = " but ".join(f"line {line} has {text[:40]}" for line, text in proofs.values())
            if given not in proofs:
                self.problems.append(
                    f"{told} contradicts itself: {seen}. Correct the file, so that the column is written in one way."
                )
            else:
                self.notes.append(f"{told}: {names[given]}; cells that are written otherwise are errors.")
            return True
        if given in names and unclear:
            self.notes.append(
                f"{told}: {names[given]}, as was answered. The file itself does not prove it ({unclear[:40]})."
            )
        return given in names


def currency_question(title: str) -> Question:
    """Which currency amounts are in that do not say it."""
    codes = [*_MAJOR, *sorted(currencies.CODES - set(_MAJOR))]
    return Question(
        "currency", None, f"Which currency is “{title}” in?", tuple(Choice(code, code) for code in codes)
    )

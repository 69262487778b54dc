"""What one column proves while the rows go by: kept as counts and a few examples, however long the file is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from accounts.domain.tables import dates, numbers, words
from accounts.domain.tables.dates import DMY, MDY, ORDER_NAMES
from accounts.domain.tables.findings import Choice, Findings, Question
from accounts.domain.tables.numbers import COMMA, POINT, Bad
from accounts.domain.tables.table import listed

_MOST_WORDS = 25
_FLOAT_ID = re.compile(r"\d+\.0")
_EXCELS_LIMIT = 15


@dataclass(slots=True)
class DateColumn:
    """Day first or month first? A 13 or more in one place proves it."""

    number: int
    title: str
    workbook: bool
    proofs: dict[str, tuple[int, str]] = field(default_factory=dict)
    unclear: str = ""
    serial: str = ""
    bare: int = 0
    low: int = 0
    high: int = 0
    turned: str = ""

    def see(self, line: int, text: str) -> None:
        """One clean, filled cell."""
        try:
            seen = dates.taken_apart(text)
        except Bad:
            return
        if seen.instant is None:
            self.bare += not seen.clock or not re.search(r"[-+zZcCtT]\S*$", seen.clock)
        if seen.serial is not None:
            self.serial = self.serial or text
        elif seen.proves:
            self.proofs.setdefault(seen.proves, (line, text))
            self.turned = self.turned or text
        elif seen.unclear:
            self.unclear = self.unclear or text
        elif seen.order == dates.YMD:
            self.low += seen.numbers[2] <= 12
            self.high += seen.numbers[2] > 12

    def tell(self, to: Findings) -> None:
        """Decide, ask or complain."""
        told = f"The dates in “{self.title}”"
        if self.workbook and self.turned and self.low >= 3 and not self.high:
            to.problems.append(
                f"{told} were probably turned round by Excel: it took day for month where it could, and left texts "
                f"like {self.turned[:20]}. Export the column again, and open it as text."
            )
        key = f"dates.{self.number}"
        if not to.settle(key, self.proofs, self.unclear, told, ORDER_NAMES) and self.unclear:
            to.answers.pop(key, None)
            to.questions.append(
                Question(
                    key, self.number, f"What is {self.unclear} in the column “{self.title}”?", self._orders()
                )
            )
        key = f"epoch.{self.number}"
        if self.serial and to.answers.get(key) not in ("1900", "1904"):
            to.questions.append(
                Question(
                    key,
                    self.number,
                    f"“{self.title}” holds {self.serial}, which looks like the number that a spreadsheet keeps for a "
                    "date. Which day is meant?",
                    tuple(
                        Choice(epoch, dates.in_words(self.serial, epoch=epoch)) for epoch in ("1900", "1904")
                    ),
                )
            )

    def _orders(self) -> tuple[Choice, ...]:
        return tuple(
            Choice(order, f"{dates.in_words(self.unclear, order=order)} ({ORDER_NAMES[order]})")
            for order in (DMY, MDY)
        )


@dataclass(slots=True)
class NumberColumn:
    """Decimal point or comma? And which currency, for amounts."""

    number: int
    title: str
    whole: bool
    proofs: dict[str, tuple[int, str]] = field(default_factory=dict)
    unclear: str = ""
    unmarked: str = ""

    def see(self, line: int, text: str) -> None:
        """One clean, filled cell."""
        if text.isascii() and text.isdigit():
            self.unmarked = self.unmarked or text
            return
        try:
            figure = numbers.figure(text)
        except Bad:
            return
        if not figure.currency:
            self.unmarked = self.unmarked or text
        seen = numbers.look(figure.digits, whole=self.whole)
        if seen.proves:
            self.proofs.setdefault(seen.proves, (line, text))
        elif seen.unclear:
            self.unclear = self.unclear or text

    def tell(self, to: Findings) -> None:
        """Decide, ask or complain."""
        key = f"decimals.{self.number}"
        names = (
            {POINT: "grouped by commas", COMMA: "grouped by points"}
            if self.whole
            else {POINT: "with a decimal point", COMMA: "with a decimal comma"}
        )
        if (
            not to.settle(key, self.proofs, self.unclear, f"The numbers in “{self.title}”", names)
            and self.unclear
        ):
            to.answers.pop(key, None)
            to.questions.append(
                Question(
                    key,
                    self.number,
                    f"What is {self.unclear} in the column “{self.title}”?",
                    tuple(Choice(sign, self._label(sign)) for sign in (POINT, COMMA)),
                )
            )

    def _label(self, sign: str) -> str:
        digits = numbers.figure(self.unclear).digits
        value = numbers.number(digits, sign)
        below = int(value)
        return (
            f"{below} (the {'comma' if sign == POINT else 'point'} sets off thousands)"
            if re.sub(r"\D", "", digits) == str(below)
            else f"a number from {below} to {below + 1} (a decimal {sign})"
        )


@dataclass(slots=True)
class WordColumn:
    """Which words of a closed vocabulary do we not know? For stages: which of them are won, lost, open?"""

    number: int
    title: str
    table: str
    stages: bool = False
    unknown: dict[str, str] = field(default_factory=dict)
    many: bool = False

    def see(self, _line: int, text: str) -> None:
        """One clean, filled cell."""
        key = words.plain(text)
        if key in self.unknown or self.many or not key:
            return
        known = words.outcome_of_stage(text) if self.stages else words.translate(self.table, text)
        if known is None and text[0] not in "#=":
            self.many = len(self.unknown) >= _MOST_WORDS
            self.unknown[key] = text

    def tell(self, to: Findings) -> None:
        """Ask for each word, unless there are so many that the column is something else."""
        if self.many and not self.stages:
            shown = listed([text[:30] for text in self.unknown.values()], most=3)
            to.problems.append(
                f"“{self.title}” holds too many words that are not known here ({shown}). Choose another field for it."
            )
        elif self.many:
            to.notes.append(
                f"“{self.title}” holds very many stages; whether one is won or lost was not looked for."
            )
        else:
            for word, text in self.unknown.items():
                self._ask(word, text, to)

    def _ask(self, word: str, text: str, to: Findings) -> None:
        key = f"word.{self.number}.{word}"
        titles = words.TITLES[self.table]
        if to.answers.get(key) in {value for value, _ in titles} | {words.LEAVE_OUT}:
            return
        question = (
            f"Is an opportunity in the stage “{text[:60]}” still open, or how did it end?"
            if self.stages
            else f"What is “{text[:60]}” in the column “{self.title}”?"
        )
        choices = [Choice(value, title) for value, title in titles]
        if not self.stages:
            choices.append(Choice(words.LEAVE_OUT, "Leave these cells out"))
        to.questions.append(Question(key, self.number, question, tuple(choices)))


@dataclass(slots=True)
class IdColumn:
    """Has a program made floats of the ids (12.0)? Has Excel cut long ones to fifteen digits?"""

    number: int
    title: str
    filled: int = 0
    floats: int = 0
    long: set[str] = field(default_factory=set)
    cut: int = 0

    def see(self, _line: int, text: str) -> None:
        """One clean, filled cell."""
        self.filled += 1
        if text[-1] != "0":
            self.cut = -1 if len(text) > _EXCELS_LIMIT and text.isdigit() else self.cut
            return
        if text.endswith(".0"):
            self.floats += _FLOAT_ID.fullmatch(text) is not None
        elif len(text) > _EXCELS_LIMIT and text.isdigit() and self.cut >= 0:
            if set(text[_EXCELS_LIMIT:]) != {"0"}:
                self.cut = -1
            elif len(self.long) < 10:
                self.long.add(text)

    def tell(self, to: Findings) -> None:
        """Undo what is certain, complain about what is lost."""
        to.answers.pop(f"ids.{self.number}", None)
        if self.filled and self.floats == self.filled:
            to.answers[f"ids.{self.number}"] = "whole"
            to.notes.append(
                f"The ids in “{self.title}” all end in .0, as a program writes them; it is cut off."
            )
        lost = sum(len(text) - _EXCELS_LIMIT for text in self.long)
        if self.cut == 0 and lost >= 6:
            to.problems.append(
                f"The long ids in “{self.title}” all end in zeros ({min(self.long)}): Excel has cut them to 15 digits. "
                "Export them again, and do not open the file in Excel before."
            )

"""What a browser would send of a form of ours: what stands in it, and nothing that it does not show."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

from django.http import QueryDict


class _Reader(HTMLParser):
    """Collects the fields of the one form that has a class."""

    def __init__(self, form_class: str) -> None:
        super().__init__()
        self.form_class, self.inside = form_class, False
        self.sent = QueryDict(mutable=True)
        self.select, self.options = "", list[tuple[str, bool]]()
        self.area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Fields as they begin."""
        has = dict(attrs)
        if tag == "form":
            self.inside = self.form_class in (has.get("class") or "").split()
        name = has.get("name")
        if not self.inside:
            return
        if tag == "select":
            self.select, self.options = name or "", []
        elif tag == "option":
            self.options.append((has.get("value") or "", "selected" in has))
        elif tag == "textarea" and name:
            self.area = name
            self.sent.appendlist(name, "")
        elif tag == "input" and name and (has.get("type") not in ("checkbox", "radio") or "checked" in has):
            unsaid = "on" if has.get("type") in ("checkbox", "radio") else ""
            self.sent.appendlist(name, has.get("value", unsaid) or "")

    def handle_endtag(self, tag: str) -> None:
        """A choice sends what is selected, else its first."""
        if tag == "form":
            self.inside = False
        elif tag == "select" and self.select:
            chosen = [value for value, is_chosen in self.options if is_chosen]
            for value in chosen or [value for value, _ in self.options[:1]]:
                self.sent.appendlist(self.select, value)
            self.select = ""
        elif tag == "textarea":
            self.area = None

    def handle_data(self, data: str) -> None:
        """What stands in a textarea, but for the line break at its beginning."""
        if self.area is not None:
            before = self.sent.getlist(self.area)
            text = before[-1] + data
            self.sent.setlist(self.area, [*before[:-1], text if before[-1] else text.removeprefix("\n")])


def fields_of(page: str, form_class: str) -> QueryDict:
    """The fields of the form of this class."""
    reader = _Reader(form_class)
    reader.feed(page)
    return reader.sent


def text_of(page: str) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))

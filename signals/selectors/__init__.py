"""Reads across the tables of signals, one function a question."""

from signals.selectors.engine import Book, LiveThreshold, book, facts_of, scoring

__all__ = ["Book", "LiveThreshold", "book", "facts_of", "scoring"]

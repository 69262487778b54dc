"""Reads: each number's cases as of a moment, in one statement a source, whatever the number of rows."""

"""Commands of the work list."""

"""Writes to the account graph. One module a noun; each function is one verb in one transaction."""

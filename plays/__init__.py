"""WHAT: what happens now, and who does it by when."""

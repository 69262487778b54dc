"""The arithmetic of the numbers, pure: no Django, no clock, no I/O."""

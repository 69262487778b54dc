"""The decisions of the action plane as pure functions: no Django, no clock, no I/O."""

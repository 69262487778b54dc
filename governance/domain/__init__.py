"""The rules of deciding together, pure: no Django, no clock, no I/O."""

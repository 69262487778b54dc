"""Pure decisions about accounts: no Django, no clock, no I/O."""

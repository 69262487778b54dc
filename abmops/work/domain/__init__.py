"""Pure rules of the work list: no Django, no clock."""

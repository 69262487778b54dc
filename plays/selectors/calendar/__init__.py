"""What stands on the calendar of a person, an account or all, and what clashes on it."""

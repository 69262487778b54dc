"""Forgetting a person on request: at once in their contact, then by work everywhere else; and that they stay so."""

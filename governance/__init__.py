"""WHO DECIDES: escalations and decisions."""

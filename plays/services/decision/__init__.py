"""One decision over all plays a crossing or an event triggers; kept, looked at again, tried on the past."""

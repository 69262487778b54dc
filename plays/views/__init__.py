"""Pages of the action plane. They translate: load, make one call, answer."""

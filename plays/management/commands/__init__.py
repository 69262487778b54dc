"""Commands of the action plane."""

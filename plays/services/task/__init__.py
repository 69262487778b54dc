"""A task under somebody's hand: claimed, worded, closed by its outcome, and all of it taken back."""

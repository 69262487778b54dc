"""The Scoreboard page, and the accounts behind each of its numbers."""

"""Reads: what links mean, and the figures that governance gives to the scoreboard."""

"""Kills, restarts and races with real processes against real servers."""

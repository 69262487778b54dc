"""Bursts, treatments, moved dates, and the calendar feed."""

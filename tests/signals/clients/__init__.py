"""Driving clients that nobody here wrote."""

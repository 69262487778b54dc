"""Migrations of the work list."""

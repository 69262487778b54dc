"""WHEN: sources, the signal catalogue, ingest, thresholds, scores and crossings."""

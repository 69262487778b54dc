"""What happens to signals, thresholds and scores. One module a noun."""

"""Who owes it: routing lines, absences, leaving, work that changes hands in bulk."""

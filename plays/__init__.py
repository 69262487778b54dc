"""WHAT happens now, and who does it by when: the play library, decisions, enrollments, tasks and their clocks."""

"""Clocks: timers on the work list, reminders, breaches, what is handed on because it is late."""

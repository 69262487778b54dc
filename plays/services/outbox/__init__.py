"""What goes out to other systems: announced, put, sent at least once, replayed."""

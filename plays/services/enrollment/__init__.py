"""The life of an enrollment: started, stepped, paused, handed over, ended, restored."""

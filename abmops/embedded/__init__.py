"""PostgreSQL and Valkey from wheels, and the supervisor that runs them with the program's own processes."""

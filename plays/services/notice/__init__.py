"""What people are told, as they wish, at once or in a digest."""

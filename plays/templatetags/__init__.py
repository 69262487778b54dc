"""Template tags of plays."""

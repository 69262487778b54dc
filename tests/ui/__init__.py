"""The parts that every page shares."""

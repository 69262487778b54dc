"""A lived-in sample program, generated from a seed and written through the same services as everything else."""

"""The benchmarks: figures as ratios within one run, beside fairly written baselines. `make bench`."""

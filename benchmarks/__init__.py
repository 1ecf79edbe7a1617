"""What Headwater costs, measured as ratios inside one run. `python -m benchmarks --help`."""

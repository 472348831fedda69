"""Benchmarks: what things cost, and how that grows."""

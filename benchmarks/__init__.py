"""Benchmarks: each prints figures with their conditions, beside what they are compared to."""

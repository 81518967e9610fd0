"""Intervals, paired tests and sample sizes: pure functions of numbers, with numpy and scipy."""

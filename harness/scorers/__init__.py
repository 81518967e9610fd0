"""Scorers: each judges one observation of one case. They know no thresholds."""

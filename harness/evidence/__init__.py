"""The folder of a run: from what lies in it, anyone can recompute the decision, offline."""

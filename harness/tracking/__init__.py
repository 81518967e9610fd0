"""The mirror of a run in MLflow: a copy for comparing runs side by side, never the source of a verdict."""

"""Around a release: requirements, datasets, readiness, baselines, promotion, hand-off."""

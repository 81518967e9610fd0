"""A release gate for multi-tenant retrieval-augmented systems.

It asks a system under test many questions as many principals, measures what came back, decides by declared rules
whether the release may be promoted, and leaves evidence from which anyone can recompute the decision.
"""

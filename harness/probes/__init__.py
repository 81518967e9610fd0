"""Generators of probe cases. A probe asks for what must not surface, and its twin shows that the probe could fire."""

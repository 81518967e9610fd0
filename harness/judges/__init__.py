"""Judges of groundedness and the certificates of their agreement with human labels."""

"""Asks every planned case and journals what came back as it arrives."""

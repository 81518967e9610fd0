"""Declared files -> nouns. One strict reader: unknown and duplicate keys, NaN and wrong types are refused by line."""

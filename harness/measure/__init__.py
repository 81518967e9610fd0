"""Observations -> scores -> metrics and differences. The denominator is fixed before the target is asked."""

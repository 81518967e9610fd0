"""The pictures of a report. Only this package knows matplotlib."""

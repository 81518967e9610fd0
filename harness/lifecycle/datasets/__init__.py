"""Golden sets as files: brought in, checked, compared, frozen, and planted with canaries."""

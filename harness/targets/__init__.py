"""The seam to any system under test. One JSON contract for all of them: `wire`."""

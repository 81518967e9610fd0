"""Fixtures that every room shares."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Public data that is not part of the project; the test is skipped, with the reason, where it is absent."""
    folder = Path(os.environ.get("HARNESS_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"public test data not found at {folder}; set HARNESS_DATA to its folder")
    return folder

"""Fixtures of the ingestion tests. The makers of files are in fakes_ingestion.py."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from system_under_test.ingestion.child import Child
from system_under_test.ingestion.limits import MIB, Limits


@pytest.fixture(scope="session")
def made(load_doubles: Callable[[Path], ModuleType]) -> ModuleType:
    """The module that makes files."""
    return load_doubles(Path(__file__).with_name("fakes_ingestion.py"))


@pytest.fixture(scope="session")
def child() -> Iterator[Child]:
    """One real child for all tests that convert: its start takes longer than what it does."""
    with Child(Limits(pages=5, unpacked_bytes=MIB, text_characters=100_000)) as running:
        yield running

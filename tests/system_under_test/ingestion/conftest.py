"""Fixtures of the ingestion tests. The makers of files are in fakes_ingestion.py."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from system_under_test.ingestion.child import Child
from system_under_test.ingestion.limits import MIB, Limits


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """The module that makes files."""
    path = Path(__file__).with_name("fakes_ingestion.py")
    spec = importlib.util.spec_from_file_location("fakes_ingestion", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def child() -> Iterator[Child]:
    """One real child for all tests that convert: its start takes longer than what it does."""
    with Child(Limits(pages=5, unpacked_bytes=MIB, text_characters=100_000)) as running:
        yield running

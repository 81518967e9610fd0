"""Fixtures of the gateway tests. The doubles of the identity tests are in fakes_identity.py."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def identity_doubles(load_doubles: Callable[[Path], ModuleType]) -> ModuleType:
    """The module of doubles of the identity tests: a key set endpoint and a clock."""
    return load_doubles(Path(__file__).with_name("fakes_identity.py"))

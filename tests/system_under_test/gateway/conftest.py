"""Fixtures of the gateway tests. The doubles of the identity tests are in fakes_identity.py."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def identity_doubles() -> ModuleType:
    """The module of doubles of the identity tests: a key set endpoint and a clock."""
    path = Path(__file__).with_name("fakes_identity.py")
    spec = importlib.util.spec_from_file_location("fakes_identity", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their own module up by name
    spec.loader.exec_module(module)
    return module

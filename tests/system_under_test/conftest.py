"""Fixtures of the service tests. The doubles are in fakes_service.py; `load_doubles` loads those of every room."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their own module up by name
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def load_doubles() -> Callable[[Path], ModuleType]:
    """Loads a file of doubles, which lies beside the tests and is no package."""
    return _loaded


@pytest.fixture(scope="session")
def doubles(load_doubles: Callable[[Path], ModuleType]) -> ModuleType:
    """The module of doubles: an identity provider, documents, a retrieval in memory, a gateway over them."""
    return load_doubles(Path(__file__).with_name("fakes_service.py"))


@pytest.fixture
def serve(doubles: ModuleType, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Starts gateways, and closes them after the test."""
    started: list[Any] = []

    def start(**parts: Any) -> Any:
        service = doubles.service(tmp_path / str(len(started)), **parts)
        started.append(service)
        return service

    yield start
    for service in started:
        service.app.state.close()

"""Fixtures of the routing tests. The doubles are in the modules beside it that are called `fakes_`."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _loaded(name: str) -> ModuleType:
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their own module up by name
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def providers() -> ModuleType:
    """The module of the provider double and its ways to answer."""
    return _loaded("fakes_provider")


@pytest.fixture(scope="session")
def anthropic() -> ModuleType:
    """The module of the ways to answer in Anthropic's protocol."""
    return _loaded("fakes_anthropic")


@pytest.fixture(scope="session")
def sockets(providers: ModuleType) -> ModuleType:
    """The module of the provider below HTTP."""
    return _loaded("fakes_socket")


@pytest.fixture(scope="session")
def fakes() -> ModuleType:
    """The module of routes, passages, a scripted model and a clock."""
    return _loaded("fakes_routing")


@pytest.fixture(scope="session")
def provider_process(providers: ModuleType) -> Iterator[Any]:
    """A provider that listens on a port of this machine."""
    with providers.listening() as provider:
        provider.warm_up()
        yield provider


@pytest.fixture
def provider(provider_process: Any) -> Any:
    """The provider, with nothing planned and nothing received."""
    provider_process.reset()
    return provider_process

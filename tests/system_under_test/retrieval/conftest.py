"""Fixtures of the retrieval tests. The doubles are in fakes_retrieval.py."""

import contextlib
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from qdrant_client import QdrantClient

from system_under_test.retrieval.edge import EdgeIndex
from system_under_test.retrieval.embed import MiniLm
from system_under_test.retrieval.index import Index
from system_under_test.retrieval.server import ServerIndex, connect
from system_under_test.retrieval.vectors import VectorCache


@pytest.fixture(scope="session")
def fakes(load_doubles: Callable[[Path], ModuleType]) -> ModuleType:
    """The module of doubles: documents, principals, a word embedder, a broken index."""
    return load_doubles(Path(__file__).with_name("fakes_retrieval.py"))


@pytest.fixture(scope="session")
def model_cache(repository: Path) -> Path:
    """Where the built ONNX file is kept from run to run; it is checked by digest each time."""
    return repository / ".cache"


@pytest.fixture(scope="session")
def embedder(model_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> MiniLm:
    """The real model with an empty vector cache."""
    return MiniLm(model_cache, VectorCache(tmp_path_factory.mktemp("vectors"), shipped=Path("absent")))


@pytest.fixture
def make_edge(tmp_path: Path) -> Iterator[Callable[[], EdgeIndex]]:
    """Makes empty embedded indexes, closed at the end."""
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(contextlib.closing(EdgeIndex(tmp_path / "work")))


@pytest.fixture(params=["edge", "client", "server"])
def make_index(request: pytest.FixtureRequest, make_edge: Callable[[], EdgeIndex]) -> Callable[[], Index]:
    """Makes empty indexes of each engine: embedded, qdrant-client's local mode, a server where QDRANT_URL names one."""
    url = os.environ.get("QDRANT_URL")
    if request.param == "server" and url is None:
        pytest.skip("no Qdrant server: QDRANT_URL is not set")

    def make() -> Index:
        if request.param == "edge":
            return make_edge()
        if url is not None and request.param == "server":
            return connect(url, f"test-{uuid.uuid4()}")
        return ServerIndex(QdrantClient(":memory:"), "passages")

    return make

"""The tool that holds the pages true, and the pages themselves."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _loaded(name: str, path: Path) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(path)
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def tool() -> ModuleType:
    """`blocks.py`."""
    return _loaded("docs_blocks", Path(__file__).with_name("blocks.py"))


@pytest.fixture(scope="session")
def page_texts(repository: Path, tool: ModuleType) -> dict[str, str]:
    """The text of every page, by its path in the repository."""
    return {
        page.relative_to(repository).as_posix(): page.read_text(encoding="utf-8") for page in tool.pages(repository)
    }

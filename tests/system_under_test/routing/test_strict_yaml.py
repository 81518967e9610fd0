"""YAML at the border: what is not one document with unique keys is one kind of error."""

from pathlib import Path

import pytest

from system_under_test.routing.errors import RouteFileError
from system_under_test.routing.strict_yaml import read_yaml


@pytest.mark.parametrize(
    "content",
    [b"a: 1\na: 2\n", b"a: [\n", b"as_of: 2026-02-30\n", b"a: \xff\n", b"[a]: {[b]: 1}\n"],
    ids=["duplicate key", "no end", "a day that is none", "no UTF-8", "a list as key"],
)
def test_what_cannot_be_read_is_a_fault_of_the_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "routes.yaml").write_bytes(content)

    with pytest.raises(RouteFileError):
        read_yaml(tmp_path / "routes.yaml")


def test_a_document_is_read(tmp_path: Path) -> None:
    (tmp_path / "routes.yaml").write_text("a: {b: [1, 2]}\n", encoding="utf-8")

    assert read_yaml(tmp_path / "routes.yaml") == {"a": {"b": [1, 2]}}

"""YAML at the border: a duplicate key is refused."""

from collections.abc import Hashable
from pathlib import Path

import yaml

from system_under_test.routing.errors import RouteFileError


class _UniqueKeys(yaml.SafeLoader):
    """The safe loader, which by itself lets the last of several equal keys win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:  # noqa: FBT001, FBT002 - the signature of the class above
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise RouteFileError(f"line {key_node.start_mark.line + 1}: duplicate key {key}")
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> object:
    """The document in the file. Raises RouteFileError for a duplicate key or for what is not YAML."""
    try:
        value: object = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeys)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, OSError, TypeError, ValueError) as fault:  # ValueError: a date that is none, or no UTF-8
        raise RouteFileError(f"{path.name}: not readable as YAML: {type(fault).__name__}") from fault
    return value

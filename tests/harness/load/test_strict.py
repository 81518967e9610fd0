"""The strict reader: everything that it refuses, with the place, and that it refuses nothing else."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field

from harness.errors import DeclarationError, MissingData
from harness.load.strict import Declared, nearest, read_json, read_json_lines, read_text, read_yaml


class Part(Declared):
    weight: float
    label: str = "none"


class Whole(Declared):
    name: str
    count: int = Field(default=1, ge=0)
    parts: list[Part] = Field(default_factory=list)


class Renamed(Declared):
    id: str = Field(alias="_id")


def _read(path: Path, model: type[Declared]) -> object:
    if path.suffix == ".yaml":
        return read_yaml(path, model)
    if path.suffix == ".jsonl":
        return [line for _, line in read_json_lines(path, model)]
    return read_json(path, model)


def _refusal(path: Path, model: type[Declared] = Whole) -> DeclarationError:
    with pytest.raises(DeclarationError) as caught:
        _read(path, model)
    return caught.value


def _written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


YAML_REFUSED = {
    "unknown key": ("name: a\ncout: 3\n", "2:1", "unknown key 'cout'; did you mean 'count'?"),
    "unknown key far from any": ("name: a\nzebra: 3\n", "2:1", "allowed: name, count, parts"),
    "unknown key within": ("name: a\nparts:\n  - weight: 1.5\n    labl: x\n", "4:5", "did you mean 'label'?"),
    "duplicate key": ("name: a\ncount: 1\ncount: 2\n", "3:1", "the key 'count' stands twice; first on line 2"),
    "duplicate key within": ("name: a\nparts:\n- {weight: 1.0, weight: 2.0}\n", "3:17", "first on line 3"),
    "missing key": ("count: 2\n", "1:1", "the key 'name' is missing"),
    "misspelt key that is missing": ("count: 1\nnmae: a\n", "2:1", "unknown key 'nmae'; did you mean 'name'?"),
    "wrong type": ("name: a\ncount: three\n", "2:1", "count: input should be a valid integer, found 'three'"),
    "number for text": ("name: 5\n", "1:1", "name: input should be a valid string, found 5"),
    "truth for text": ("name: yes\n", "1:1", "found True"),
    "out of bounds": ("name: a\ncount: -1\n", "2:1", "greater than or equal to 0"),
    "NaN": ("name: a\nparts:\n- weight: .nan\n", "3:11", ".nan is not a number that a declared file may hold"),
    "infinity": ("name: a\nparts:\n- weight: -.inf\n", "3:11", "-.inf is not a number"),
    "half a number": ("name: a\ncount: 0x_\n", "2:8", "0x_ is not readable as a number"),
    "too many digits": (f"name: a\ncount: {'9' * 5000}\n", "2:8", "is not readable as a number"),
    "alias": ("name: a\nparts: *x\n", "2:8", "aliases are not allowed"),
    "anchor": ("name: &x a\n", "1:7", "anchors are not allowed"),
    "merge key": ("<<: {name: a}\n", "1:1", "the key '<<' is not plain text"),
    "Python tag": ("name: !!python/object:os.system x\n", "1:7", "is not allowed"),
    "harmless tag": ("name: !!str 5\n", "1:7", "is not allowed"),
    "own tag on a list": ("name: a\nparts: !mine []\n", "2:8", "the YAML tag '!mine' is not allowed"),
    "number as a key": ("name: a\n3: b\n", "2:1", "the key '3' is not plain text"),
    "list as a key": ("? [a]\n: b\n", "1:3", "the key is not plain text"),
    "two documents": ("name: a\n---\nname: b\n", "2:1", "another document"),
    "not YAML": ("name: [a\n", "2:1", "not readable as YAML"),
    "control character": ("name: a\x07\n", "", "a character that YAML does not allow"),
    "half a character": ('name: "\\ud800"\n', "1:7", "is half a character"),
    "half a character in a key": ('name: a\n"\\udfff": 1\n', "2:1", "is half a character"),
    "nothing": ("# only a comment\n", "1", "nothing is declared here"),
    "too deep": ("parts: " + "[" * 40 + "]" * 40 + "\n", "1:40", "nested deeper than 32 levels"),
    "far too deep": ("parts: " + "[" * 1200 + "]" * 1200 + "\n", "1", "nested too deeply"),
    "a list on top": ("- a\n", "1:1", "valid dictionary"),
}


@pytest.mark.parametrize(("text", "place", "told"), YAML_REFUSED.values(), ids=YAML_REFUSED.keys())
def test_yaml_that_is_not_what_the_model_says_is_refused_with_its_place(
    tmp_path: Path, text: str, place: str, told: str
) -> None:
    path = _written(tmp_path, "file.yaml", text)

    refusal = _refusal(path)

    assert told in str(refusal)
    assert str(refusal).startswith(f"{path}:{place}: " if place else str(path))


JSON_REFUSED = {
    "unknown key": ('{"name": "a", "cout": 3}', "1", "unknown key 'cout'; did you mean 'count'?"),
    "duplicate key": ('{"name": "a", "name": "b"}', "1", "the key 'name' stands twice"),
    "missing key": ("{}", "1", "the key 'name' is missing"),
    "wrong type": ('{"name": "a", "count": "3"}', "1", "count: input should be a valid integer, found '3'"),
    "fraction for whole": ('{"name": "a", "count": 3.0}', "1", "valid integer"),
    "NaN": ('{"name": "a", "parts": [{"weight": NaN}]}', "1", "NaN is not a number that a declared file may hold"),
    "infinity": ('{"name": "a", "parts": [{"weight": -Infinity}]}', "1", "-Infinity is not a number"),
    "overflow": ('{"name": "a", "parts": [{"weight": 1e999}]}', "1", "1e999 is not a number"),
    "too many digits": ('{"name": "a", "count": ' + "9" * 5000 + "}", "1", "is not a number"),
    "not JSON": ('{"name": "a",\n "count" 3}', "2:10", "not readable as JSON: Expecting ':' delimiter"),
    "cut off": ('{"name": "a"', "1:13", "not readable as JSON"),
    "empty": ("", "1:1", "not readable as JSON"),
    "byte order mark": ("\ufeff{}", "1:1", "not readable as JSON"),
    "too deep": ("[" * 100_000, "1", "nested too deeply"),
    "half a character": ('{"name": "\\ud800"}', "1", "'\\ud800' is half a character"),
    "half a character in a key": ('{"name": "a", "\\ud800": 1}', "1", "is half a character"),
}


@pytest.mark.parametrize(("text", "place", "told"), JSON_REFUSED.values(), ids=JSON_REFUSED.keys())
def test_json_that_is_not_what_the_model_says_is_refused_with_its_place(
    tmp_path: Path, text: str, place: str, told: str
) -> None:
    path = _written(tmp_path, "file.json", text)

    refusal = _refusal(path)

    assert told in str(refusal)
    assert str(refusal).startswith(f"{path}:{place}: ")


LINES_REFUSED = {
    "blank line": ('{"name": "a"}\n\n{"name": "b"}\n', "2", "a blank line"),
    "blank last line": ('{"name": "a"}\n\n', "2", "a blank line"),
    "fault in the second": ('{"name": "a"}\n{"name": 3}\n', "2", "valid string, found 3"),
    "duplicate key in the third": ('{"name": "a"}\n{"name": "b"}\n{"name": "c", "name": "d"}\n', "3", "stands twice"),
    "column in the second": ('{"name": "a"}\n{"name" "b"}\n', "2:9", "Expecting ':'"),
}


@pytest.mark.parametrize(("text", "place", "told"), LINES_REFUSED.values(), ids=LINES_REFUSED.keys())
def test_a_bad_line_among_json_lines_is_refused_with_its_number(
    tmp_path: Path, text: str, place: str, told: str
) -> None:
    path = _written(tmp_path, "file.jsonl", text)

    refusal = _refusal(path)

    assert told in str(refusal)
    assert str(refusal).startswith(f"{path}:{place}: ")


def test_a_line_separator_within_a_string_does_not_end_a_line(tmp_path: Path) -> None:
    path = _written(tmp_path, "file.jsonl", '{"name": "a\u2028b"}\n{"name": "c"}\n')

    found = [(place.line, line.name) for place, line in read_json_lines(path, Whole)]

    assert found == [(1, "a\u2028b"), (2, "c")]


def test_several_faults_are_counted_and_the_first_in_the_file_is_told(tmp_path: Path) -> None:
    path = _written(tmp_path, "file.yaml", "count: x\nname: 3\n")

    refusal = _refusal(path)

    assert str(refusal).startswith(f"{path}:1:1: count:")
    assert "(1 more like it in this file)" in str(refusal)
    assert refusal.next_step == f"mend {path}:1:1 and run the command again"


def test_a_long_value_is_not_repeated_whole_in_the_message(tmp_path: Path) -> None:
    path = _written(tmp_path, "file.json", json.dumps({"name": "a", "count": "x" * 100_000}))

    refusal = _refusal(path)

    assert len(str(refusal)) < 400


def test_a_key_with_another_name_in_the_file_is_told_by_that_name(tmp_path: Path) -> None:
    path = _written(tmp_path, "file.json", '{"_id": "a", "id": "b"}')

    refusal = _refusal(path, Renamed)

    assert "unknown key 'id'; did you mean '_id'?" in str(refusal)


def test_a_file_that_is_not_utf_8_is_refused_with_the_byte(tmp_path: Path) -> None:
    path = _written(tmp_path, "file.json", b'{"name": "caf\xe9"}')

    refusal = _refusal(path)

    assert f"{path}: not UTF-8 at byte 13" in str(refusal)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    with path.open("wb") as file:
        file.truncate(256 * 1024 * 1024 + 1)

    refusal = _refusal(path)

    assert "larger than 256 MiB" in str(refusal)


def test_a_file_that_is_not_there_is_missing_data(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match="no such file") as caught:
        read_text(tmp_path / "absent.yaml")

    assert "absent.yaml" in caught.value.next_step


def test_yaml_and_json_that_the_model_allows_are_read_alike(tmp_path: Path) -> None:
    as_yaml = _written(tmp_path, "a.yaml", 'name: "2026-01-01"\ncount: 2\nparts:\n- weight: 1.5\n')
    as_json = _written(tmp_path, "a.json", '{"name": "2026-01-01", "count": 2, "parts": [{"weight": 1.5}]}')

    assert read_yaml(as_yaml, Whole) == read_json(as_json, Whole)


def test_a_plain_date_in_yaml_stays_text(tmp_path: Path) -> None:
    path = _written(tmp_path, "a.yaml", "name: 2026-02-31\n")

    assert read_yaml(path, Whole).name == "2026-02-31"


@pytest.mark.parametrize(
    ("word", "told"), [("cuont", "did you mean 'count'?"), ("q", "allowed: name, count")], ids=["near", "far"]
)
def test_the_nearest_name_is_offered(word: str, told: str) -> None:
    assert nearest(word, ["name", "count"]) == told


@given(content=st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "ignore"))))
@settings(max_examples=80, deadline=None)
def test_whatever_the_bytes_are_the_reader_gives_the_model_or_a_declaration_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("bytes")

    for name in ("a.yaml", "a.json", "a.jsonl"):
        path = _written(folder, name, content)
        try:
            found = _read(path, Whole)
        except DeclarationError:
            continue
        assert isinstance(found, Whole | list)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(value=_JSON | st.fixed_dictionaries({"name": st.text(max_size=8)}, optional={"count": _JSON, "parts": _JSON}))
@settings(max_examples=80, deadline=None)
def test_any_json_value_is_read_as_it_is_or_refused(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = _written(tmp_path_factory.mktemp("json"), "a.json", json.dumps(value))

    try:
        found = read_json(path, Whole)
    except DeclarationError:
        return

    assert isinstance(value, dict)
    assert found == Whole(**value)

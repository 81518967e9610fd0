"""From what follows --target to a target: every wish that cannot be is refused with what to do."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InvalidInput, TargetError
from harness.load.documents import write_documents
from harness.targets.declared import declared_targets
from harness.targets.opening import Opened, Wish, open_target


def opened(wish: Wish, tmp_path: Path) -> Opened:
    """The target of the wish, over an empty corpus."""
    write_documents([], tmp_path / "documents.jsonl")
    return open_target(wish, tmp_path / "documents.jsonl", tmp_path / "work", tmp_path / "cache")


def test_an_address_needs_the_identity_that_it_trusts(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="takes tokens of an issuer") as refusal:
        opened(Wish("http://127.0.0.1:9"), tmp_path)

    assert "--identity" in refusal.value.next_step


def test_an_unknown_name_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no target is named 'referense'; did you mean 'reference'"):
        opened(Wish("referense"), tmp_path)


def test_the_reference_targets_are_declared() -> None:
    assert {"reference", "reference-leaky"} <= set(declared_targets())


def test_a_password_in_an_address_is_refused_before_anything_can_repeat_it() -> None:
    with pytest.raises(InvalidInput) as refusal:
        Wish("http://someone:hunter2@127.0.0.1:9")

    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize("content", ["", "[]", "{}", "{", '{"a": NaN}', "null", "[" * 100_000])
def test_a_description_of_a_release_must_be_an_object_with_members(tmp_path: Path, content: str) -> None:
    path = tmp_path / "release.json"
    path.write_text(content)

    with pytest.raises(InvalidInput, match="a release is described by a JSON object with members"):
        opened(Wish("python:json:loads", release=path), tmp_path)


def test_a_description_of_a_release_names_a_function(tmp_path: Path) -> None:
    path = tmp_path / "release.json"
    path.write_text(json.dumps({"image": "sha256:1"}))

    target = opened(Wish("python:json:loads", release=path), tmp_path).target

    assert asyncio.run(target.release("")).described == {"image": "sha256:1"}


def test_a_declared_target_names_its_release_itself(tmp_path: Path) -> None:
    path = tmp_path / "release.json"
    path.write_text(json.dumps({"image": "sha256:1"}))

    with pytest.raises(InvalidInput, match="names its release itself"):
        opened(Wish("reference", release=path), tmp_path)


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Declares a target by an entry point of a package that is written for the test."""

    def declare(text: str) -> None:
        folder = tmp_path / "packages"
        info = folder / "declared_for_a_test-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: declared-for-a-test\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[harness.targets]\ntested = {text}\n")
        monkeypatch.syspath_prepend(folder)

    return declare


@pytest.mark.parametrize(
    ("place", "cause"),
    [
        pytest.param("no_such_module_here:start", "ModuleNotFoundError", id="no such module"),
        pytest.param("json:no_such_function", "AttributeError", id="no such function"),
        pytest.param("json:loads", "TypeError", id="does not start"),
    ],
)
def test_a_declared_target_that_does_not_start_says_why(declared: Any, tmp_path: Path, place: str, cause: str) -> None:
    declared(place)

    with pytest.raises(TargetError, match=f"the target 'tested' did not start: {cause}"):
        opened(Wish("tested"), tmp_path)


def test_a_declared_target_gets_plain_values_and_public_keys_alone(declared: Any, tmp_path: Path) -> None:
    declared("builtins:dict")  # a factory that gives back what it was given

    found = opened(Wish("tested"), tmp_path)

    assert found.target.name == "tested"
    assert "d" not in found.issuer.public_keys()["keys"][0]
    asyncio.run(found.target.close())

"""The import hook: one text of one module is another, and nothing else is."""

import importlib
import py_compile
import traceback
from pathlib import Path

import pytest

from harness.errors import InvalidInput
from harness.selftest.mutants import Mutant, Patch
from harness.selftest.patching import Patched, check_patches, patched_source, source_file


def mutant(*patches: tuple[str, str, str]) -> Mutant:
    """A mutant named `wrong` of these patches: module, from, to."""
    return Mutant("wrong", "mutant", "sums", "A sum is wrong.", tuple(Patch(*patch) for patch in patches), ("a.b",))


def test_a_patched_module_behaves_as_patched_for_whoever_imports_it(package: Path) -> None:
    patched = Patched(mutant(("mutable.sums", "number + number", "number * 10")))
    patched.install()

    others = importlib.import_module("mutable.others")

    patched.remove()
    assert others.FOUR == 20
    assert importlib.import_module("mutable.sums").half(6) == 3
    assert patched.idle == []


def test_the_file_of_a_patched_module_stays_as_it_is(package: Path) -> None:
    before = (package / "sums.py").read_bytes()
    patched = Patched(mutant(("mutable.sums", "return number + number", "raise ValueError")))
    patched.install()
    sums = importlib.import_module("mutable.sums")
    patched.remove()

    with pytest.raises(ValueError) as fault:  # noqa: PT011  it has no message
        sums.double(2)

    assert (package / "sums.py").read_bytes() == before
    assert not list(package.rglob("*.pyc")) or sums.half(2) == 1
    assert traceback.extract_tb(fault.tb)[-1].filename == str(package / "sums.py")


def test_byte_code_of_the_unchanged_module_is_not_taken_for_the_patched_one(package: Path) -> None:
    found = Path(py_compile.compile(str(package / "sums.py"), doraise=True))
    compiled = found.read_bytes()
    patched = Patched(mutant(("mutable.sums", "number + number", "number * 10")))
    patched.install()

    doubled = importlib.import_module("mutable.sums").double(2)

    patched.remove()
    assert doubled == 20
    assert found.read_bytes() == compiled


@pytest.mark.parametrize(("old", "times"), [("number", 7), ("number ** 2", 0)], ids=["several times", "not at all"])
def test_a_text_that_does_not_stand_there_once_is_refused_by_mutant_and_file(
    package: Path, old: str, times: int
) -> None:
    with pytest.raises(InvalidInput, match=f"mutant wrong: .* stands {times} times in .*sums.py"):
        check_patches([mutant(("mutable.sums", old, "x"))])


def test_patches_of_one_module_are_made_one_after_the_other(package: Path) -> None:
    both = mutant(("mutable.sums", "number + number", "number * 3"), ("mutable.sums", "number * 3", "number * 4"))

    assert "number * 4" in patched_source(both, "mutable.sums")


def test_a_patch_that_is_no_python_is_refused(package: Path) -> None:
    with pytest.raises(InvalidInput, match=r"mutant wrong: sums\.py is no Python after the patch, line 6"):
        check_patches([mutant(("mutable.sums", "return number + number", "return ("))])


def test_a_module_that_was_imported_before_cannot_be_patched(package: Path) -> None:
    importlib.import_module("mutable.sums")

    with pytest.raises(InvalidInput, match="imported before"):
        Patched(mutant(("mutable.sums", "number + number", "number * 3"))).install()


def test_a_patched_module_that_nobody_imports_is_known_to_be_idle(package: Path) -> None:
    patched = Patched(mutant(("mutable.sums", "number + number", "number * 3")))
    patched.install()
    patched.remove()

    assert patched.idle == ["mutable.sums"]


@pytest.mark.parametrize("module", ["mutable.missing", "nowhere.at_all"])
def test_a_module_without_a_source_file_is_refused(package: Path, module: str) -> None:
    with pytest.raises(InvalidInput, match=r"no package|no source file"):
        source_file(module)

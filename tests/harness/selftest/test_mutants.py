"""The file of mutants is read strictly: what it says is what is tried."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import DeclarationError
from harness.selftest.mutants import load_mutants

CHECKS = frozenset({"quality.ndcg", "isolation.leak"})
GOOD = """\
mutants:
  - mutant: filter-forgotten
    family: isolation
    about: The filter is forgotten on one way
      to the index.
    patches:
      - module: system.index
        from: "filter=scope"
        to: "filter=None"
    caught_by: [isolation.leak]
harmless:
  - change: another-order
    about: The documents come in another order.
    patches:
      - module: system.corpus
        from: "sorted(found)"
        to: "sorted(found, reverse=True)"
"""
Written = Callable[[str], Path]


def test_a_file_gives_mutants_and_harmless_changes_in_its_order(written: Written) -> None:
    found = load_mutants(written(GOOD), CHECKS)

    mutant, harmless = found.listed
    assert (mutant.name, mutant.kind, mutant.caught_by) == ("filter-forgotten", "mutant", ("isolation.leak",))
    assert mutant.about == "The filter is forgotten on one way to the index."
    assert (harmless.name, harmless.kind, harmless.caught_by) == ("another-order", "harmless", ())
    assert found.packages == ("system",)


def test_another_text_is_another_digest(written: Written) -> None:
    before = load_mutants(written(GOOD), CHECKS).digest

    after = load_mutants(written(GOOD.replace("filter=None", "filter=everything")), CHECKS).digest

    assert before != after


REFUSED = {
    "unknown key": ("    family: isolation\n", "    familly: isolation\n", 3, "did you mean 'family'"),
    "duplicate key": ("    family: isolation\n", "    family: isolation\n    family: other\n", 4, "stands twice"),
    "check that the gate does not have": ("[isolation.leak]", "[isolation.leaks]", 10, "did you mean 'isolation.leak'"),
    "nobody catches it": ("[isolation.leak]", "[]", 10, "at least 1 item"),
    "name of the system as it is": ("filter-forgotten", "unmutated", 2, "is taken"),
    "name that stands twice": ("change: another-order", "change: filter-forgotten", 12, "is taken"),
    "text replaced by itself": ('to: "filter=None"', 'to: "filter=scope"', 7, "the same text"),
    "module that leaves the package": ("system.index", "../system", 7, "pattern"),
}


@pytest.mark.parametrize(("old", "new", "line", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_meant_is_refused_with_its_line(
    written: Written, old: str, new: str, line: int, said: str
) -> None:
    path = written(GOOD.replace(old, new))

    with pytest.raises(DeclarationError, match=said) as refusal:
        load_mutants(path, CHECKS)

    assert refusal.value.place.line == line

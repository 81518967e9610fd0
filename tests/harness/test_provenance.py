"""A run names, by version and digest, whatever can move a number."""

from dataclasses import replace
from types import ModuleType
from typing import Any

from harness.domain.runs import Run
from harness.execute.plan import Plan
from harness.probes import authentication, detection, isolation
from harness.probes.staged import STAGED
from harness.provenance import Identity, describe_run
from harness.targets.target import Release


def described(core: ModuleType, **changes: Any) -> Run:
    """A run with some of its inputs changed."""
    suite = core.suite([core.rule(), core.rule("mrr", id="ranked")])
    given = {
        "gate": core.gate(suite),
        "golden": core.golden_set([core.case("a")]),
        "cases": [core.case("a")],
        **changes,
    }
    return describe_run(
        Identity("run-1", "small", "2026-01-01T00:00:00Z"),
        given["gate"],
        given["golden"],
        given.get("release", Release({"code": "1"})),
        Plan(core.asks_of(given["gate"].suites[0], given["cases"]), ()),
        core.scorer_of,
        "0" * 64,
    )


def test_every_input_has_its_name_and_digest_in_the_run(core: ModuleType) -> None:
    run = described(core)

    assert (run.id, run.target, run.golden_set, run.planned) == ("run-1", "small", "golden 1.0.0", 1)
    assert run.gate_digest == "6" * 64
    assert (run.golden_set_digest, run.corpus_digest) == ("d" * 64, "c" * 64)
    assert run.scorer_versions == {"answered": core.scorer_of("answered").version, "mrr": core.scorer_of("mrr").version}
    assert run.probe_versions == {
        "isolation": isolation.VERSION,
        "authentication": authentication.VERSION,
        "detection": detection.VERSION,
        **{name: family.version for name, family in STAGED.items()},
    }
    assert {"python", "platform", "numpy", "scipy", "rag-release-gate"} <= run.environment.keys()


def test_another_release_has_another_digest(core: ModuleType) -> None:
    one, other = described(core), described(core, release=Release({"code": "2"}))

    assert one.release_digest != other.release_digest


def test_a_case_that_asks_another_thing_has_another_plan(core: ModuleType) -> None:
    other = replace(core.case("a"), question="Something easier?")

    assert described(core).plan_digest != described(core, cases=[other]).plan_digest


def test_the_same_inputs_are_the_same_run(core: ModuleType) -> None:
    assert described(core) == described(core)

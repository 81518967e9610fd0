"""Audit cases: the same share of every tenant, asked for the record of an answer."""

from types import ModuleType

from harness.domain.suites import ProbePlan
from harness.probes.audit import FAMILY
from harness.probes.families import Given, Script


def made(core: ModuleType, questions: int) -> Script:
    """The script over three answerable cases of each of two tenants, and one that nothing answers."""
    cases = [core.case(f"n{at}") for at in range(3)]
    cases += [core.case(f"s{at}", principal=core.SOUTH) for at in range(3)]
    cases.append(core.case("u1", "unanswerable"))
    plan = ProbePlan("audit", questions=questions)
    return FAMILY.script(Given("suite", core.golden_set(cases), plan, lambda size: "0" * 2 * size))


def test_each_tenant_gives_as_many_answerable_cases_as_the_suite_says(core: ModuleType) -> None:
    script = made(core, questions=2)

    assert [case.principal.tenant for case in script.cases] == ["north"] * 2 + ["south"] * 2
    assert {(case.kind, case.verb) for case in script.cases} == {("answerable", "record")}
    assert script.stages == ()


def test_a_smaller_sample_is_a_part_of_a_larger_one(core: ModuleType) -> None:
    fewer, more = ({case.id for case in made(core, questions).cases} for questions in (1, 3))

    assert fewer < more
    assert len(more) == 6

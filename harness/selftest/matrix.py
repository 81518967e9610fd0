"""From trials to rows: what each says of the gate. Pure."""

from collections.abc import Collection, Mapping, Sequence

from harness.domain.matrix import Row, Standing, Trial
from harness.selftest.mutants import Mutant


def rows_of(mutants: Sequence[Mutant], trials: Mapping[str, Trial]) -> tuple[Row, ...]:
    """One row for each mutant, in their order. Raises KeyError for one without a trial: a gap is no matrix."""
    return tuple(row_of(mutant, trials[mutant.name]) for mutant in mutants)


def row_of(mutant: Mutant, trial: Trial) -> Row:
    """The row of one trial."""
    return Row(
        name=mutant.name,
        kind=mutant.kind,
        family=mutant.family,
        about=mutant.about,
        caught_by=mutant.caught_by,
        standing=standing_of(mutant, trial),
        trial=trial,
    )


def standing_of(mutant: Mutant, trial: Trial) -> Standing:
    """A mutant is caught where the outcome is not PASSED, and rightly where a check that should object does.

    Without a verdict nothing is known: a system that did not start has not been stopped by the gate.
    """
    if trial.outcome is None:
        return "not judged"
    if mutant.kind != "mutant":
        return "passed" if trial.outcome == "PASSED" else "blocked"
    if trial.outcome == "PASSED":
        return "survived"
    objecting = {objection.check for objection in trial.objections}
    return "killed" if objecting & set(mutant.caught_by) else "killed by another check"


def objecting(row: Row) -> list[str]:
    """The checks that objected, each once, those that should first; a fault of the evidence last."""
    seen = list(dict.fromkeys(objection.check for objection in row.trial.objections))
    right = [check for check in seen if check in row.caught_by]
    faults = ["fault of the evidence"] if row.trial.faults else []
    return [*right, *(check for check in seen if check not in right), *faults]


def silent_checks(checks: Collection[str], rows: Sequence[Row]) -> tuple[str, ...]:
    """The checks that objected to no mutant at all, sorted."""
    heard = {objection.check for row in rows if row.kind == "mutant" for objection in row.trial.objections}
    return tuple(sorted(set(checks) - heard))

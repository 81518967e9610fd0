"""How far the lexical judge agrees with people, on sets that it was not fitted on, beside a floor of plain overlap.

Two directions, each printed whatever it shows: fitted on scifact and factcheck (the shipped weights), validated on
BEGIN and MTRAG; and the other way round. No row, and no document, is on both sides.

A claim's judgement is its weakest sentence where the label asks for full support; where it asks whether an answer is
mostly supported (MTRAG) it is the share of supported sentences, which is what the gate measures. Both are called
supported from 0.5 on. The floor is the share of a claim's words that stand in the evidence, with the threshold that
does best on the fitting sets: what an instrument must beat to be worth its complexity.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from harness.judges.certificate import Certificate, expiry
from harness.judges.figures import (
    Bounds,
    Figures,
    Floats,
    balanced_accuracy_bounds,
    best_threshold,
    figures,
)
from harness.judges.fit import FITTED_ON, VALIDATED_ON, class_shares, fit
from harness.judges.labelled import LabelledSet, read_sets
from harness.judges.lexical import SUPPORTED, LexicalJudge

SEED = 20_250
"""Of the bootstrap."""
POOLED = "together"
"""Name of the row that puts the validation sets of one direction together."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One set, or the sets of one direction together, judged by weights that have not seen them."""

    fitted_on: tuple[str, ...]
    set: str
    shipped: bool
    """True where the weights are the ones that the gate uses."""
    n: int
    supported: int
    """Of `n`, what people called supported."""
    left_out: int
    clusters: int
    judge: Figures
    judge_bounds: Bounds
    """Of the judge's balanced accuracy."""
    floor: Figures
    floor_threshold: float
    lead_bounds: Bounds
    """Of the judge's balanced accuracy minus the floor's: above 0 the judge is shown to beat the floor."""


@dataclass(frozen=True, slots=True)
class _Scored:
    labels: list[bool]
    clusters: list[str]
    judge: list[float]
    floor: list[float]


def overlap(claim: str, evidence: Sequence[str]) -> float:
    """The floor: the share of a claim's words, 0..1, that stand anywhere in the evidence; 0 without words."""
    words = re.findall(r"\w+", claim.lower())
    held = set(re.findall(r"\w+", " ".join(evidence).lower()))
    return sum(word in held for word in words) / len(words) if words else 0.0


def agreement_report(data_folder: Path) -> list[Agreement]:
    """Both directions, set by set and together. Raises MissingData where a set is not in `data_folder`/grounding."""
    first, second = read_sets(data_folder, FITTED_ON), read_sets(data_folder, VALIDATED_ON)
    return [*_direction(first, second, LexicalJudge(), shipped=True), *_direction(second, first, None, shipped=False)]


def certify(rows: Sequence[Agreement], judge: LexicalJudge, issued: date) -> Certificate:
    """What the shipped judge may claim: its figures on all validation sets together. Raises ValueError without them."""
    shipped = [row for row in rows if row.shipped]
    together = [row for row in shipped if row.set == POOLED]
    if len(together) != 1:
        raise ValueError(f"a certificate needs one row {POOLED!r} of the shipped weights; found {len(together)}")
    row = together[0]
    return Certificate(
        judge=judge.name,
        version=judge.version,
        digest=judge.digest,
        sets=tuple(one.set for one in shipped if one.set != POOLED),
        n=row.n,
        balanced_accuracy=round(row.judge.balanced_accuracy, 4),
        kappa=round(row.judge.kappa, 4),
        sensitivity=round(row.judge.sensitivity, 4),
        specificity=round(row.judge.specificity, 4),
        floor=round(row.floor.balanced_accuracy, 4),
        issued=issued,
        expires=expiry(issued),
    )


def render(rows: Sequence[Agreement]) -> str:
    """A plain text table: two lines for each set, the judge and the floor."""
    lines = []
    for fitted_on in dict.fromkeys(row.fitted_on for row in rows):
        chosen = [row for row in rows if row.fitted_on == fitted_on]
        title = "shipped weights" if chosen[0].shipped else "other direction, not shipped"
        lines += [f"Fitted on {', '.join(fitted_on)} ({title}); 95 % intervals by bootstrap over clusters.", _HEADER]
        for row in chosen:
            lines += _lines(row)
        lines.append("")
    return "\n".join(lines)


_HEADER = (
    f"{'set':<10} {'n':>5} {'supp.':>5} {'groups':>6} {'left out':>8}  {'instrument':<14} {'bal.acc':>7} "
    f"{'interval':<12} {'sens.':>5} {'spec.':>5} {'kappa':>6} {'auroc':>5}  lead over the floor"
)


def _lines(row: Agreement) -> list[str]:
    bounds, lead = row.judge_bounds, row.judge.balanced_accuracy - row.floor.balanced_accuracy
    place = f"{row.set:<10} {row.n:>5} {row.supported:>5} {row.clusters:>6} {row.left_out:>8}"
    shown = f"{lead:+.3f} ({row.lead_bounds.low:+.3f} to {row.lead_bounds.high:+.3f})"
    return [
        f"{place}  {'judge':<14} {_figures(row.judge, f'{bounds.low:.3f}-{bounds.high:.3f}')}  {shown}",
        f"{'':<{len(place)}}  {f'floor >= {row.floor_threshold:.3f}':<14} {_figures(row.floor, '')}",
    ]


def _figures(one: Figures, interval: str) -> str:
    return (
        f"{one.balanced_accuracy:>7.3f} {interval:<12} {one.sensitivity:>5.3f} {one.specificity:>5.3f} "
        f"{one.kappa:>6.3f} {one.auroc:>5.3f}"
    )


def _direction(
    fitting: list[LabelledSet], validating: list[LabelledSet], judge: LexicalJudge | None, *, shipped: bool
) -> list[Agreement]:
    names = tuple(one.name for one in fitting)
    used = judge or LexicalJudge(fit(fitting, version="unshipped", fitted="1970-01-01"))
    threshold = _floor_threshold(fitting)
    scored = {one.name: _scored(one, used) for one in validating}
    everything = list(scored.values())
    left_out = {one.name: one.left_out for one in validating}
    rows = [(name, [one], left_out[name]) for name, one in scored.items()]
    rows.append((POOLED, everything, sum(left_out.values())))
    return [_agreement(names, name, parts, threshold, out, shipped=shipped) for name, parts, out in rows]


def _floor_threshold(fitting: list[LabelledSet]) -> float:
    labels = [np.array([example.supported for example in one.examples], dtype=np.bool_) for one in fitting]
    scores = [np.array([overlap(e.claim, e.evidence) for e in one.examples], dtype=np.float64) for one in fitting]
    shares = [class_shares(one) for one in labels]
    return best_threshold(np.concatenate(labels), np.concatenate(scores), np.concatenate(shares))


def _scored(labelled: LabelledSet, judge: LexicalJudge) -> _Scored:
    examples = labelled.examples
    if labelled.whole_answers:
        scores = [judge.ground(example.claim, example.evidence).share for example in examples]
    else:
        scores = [judge.judge(example.claim, example.evidence).supported_probability for example in examples]
    return _Scored(
        labels=[example.supported for example in examples],
        clusters=[f"{labelled.name}:{example.cluster}" for example in examples],
        judge=scores,
        floor=[overlap(example.claim, example.evidence) for example in examples],
    )


def _agreement(
    fitted_on: tuple[str, ...], name: str, parts: list[_Scored], threshold: float, left_out: int, *, shipped: bool
) -> Agreement:
    labels = np.array([label for part in parts for label in part.labels], dtype=np.bool_)
    names = [cluster for part in parts for cluster in part.clusters]
    numbers = {cluster: number for number, cluster in enumerate(dict.fromkeys(names))}
    judge: Floats = np.array([score for part in parts for score in part.judge], dtype=np.float64)
    floor: Floats = np.array([score for part in parts for score in part.floor], dtype=np.float64)
    clusters = np.array([numbers[cluster] for cluster in names], dtype=np.int64)
    bounds, lead = balanced_accuracy_bounds(labels, judge >= SUPPORTED, floor >= threshold, clusters, SEED)
    return Agreement(
        fitted_on=fitted_on,
        set=name,
        shipped=shipped,
        n=len(labels),
        supported=int(labels.sum()),
        left_out=left_out,
        clusters=len(numbers),
        judge=figures(labels, judge >= SUPPORTED, judge),
        judge_bounds=bounds,
        floor=figures(labels, floor >= threshold, floor),
        floor_threshold=threshold,
        lead_bounds=lead,
    )

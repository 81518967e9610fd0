"""Every scorer by the name that a suite writes. A new one is one line in `makers`."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial

from harness.domain.corpus import Corpus
from harness.domain.suites import Verb
from harness.errors import InvalidInput
from harness.scorers.answers import AbstainedScorer, AnsweredScorer, FactsScorer, WithheldScorer
from harness.scorers.audit import AuditedScorer, RouteTakenScorer
from harness.scorers.budgets import STAGES, CostScorer, LatencyScorer
from harness.scorers.citations import CitationsRetrievedScorer, PassagesAllowedScorer
from harness.scorers.egress import EgressScorer
from harness.scorers.grounding import GroundednessScorer
from harness.scorers.pairs import ChangedScorer, DistinguishableScorer
from harness.scorers.probes import ControlScorer, LeakScorer, TokenAcceptedScorer, TokenRefusedScorer
from harness.scorers.recorded import METRICS as JUDGED_METRICS
from harness.scorers.recorded import UNJUDGED, JudgedScorer, JudgedValues
from harness.scorers.replies import NO_REPLIES, Replies
from harness.scorers.retrieval import MAX_CUTOFF, MEASURES, WHOLE_RANKING, RetrievalScorer, is_retrieval_metric
from harness.scorers.scorer import Scorer

USUAL_CUTOFFS = (1, 3, 5, 10, 20)
"""Cutoffs that are offered as examples where a name is not known."""

OF_ANSWERS = frozenset(
    {
        "facts",
        "answered",
        "abstained",
        "withheld",
        "citations_retrieved",
        "groundedness",
        "egress",
        "judged.faithfulness",
        "route_taken",
    }
)
"""Metrics that say nothing without an answer."""

_SHOWN = 80
"""Characters of an unknown name that a message repeats."""


def scorer_named(
    name: str,
    corpus: Corpus | None,
    judged: JudgedValues = UNJUDGED,
    replies: Replies = NO_REPLIES,
    hosts: Sequence[str] = (),
) -> Scorer:
    """The scorer that a suite names; `corpus` lets it check documents against what is true of them.

    `judged` is what the judge of the run said; `replies` is what scorers of comparisons look the other reply up in;
    `hosts` are those to which an answer may link.

    Raises InvalidInput, with the nearest names there are, for a name that is not known.
    """
    if is_retrieval_metric(name):
        return RetrievalScorer(name)
    known = makers(corpus, judged, replies, hosts)
    if name in known:
        return known[name]()
    examples = [*WHOLE_RANKING, *(f"{measure}@{k}" for measure in MEASURES for k in USUAL_CUTOFFS)]
    nearest = get_close_matches(name[:_SHOWN], [*known, *examples], n=3, cutoff=0.4)
    raise InvalidInput(
        f"there is no scorer {name[:_SHOWN]!r}" + (f"; the nearest are {', '.join(nearest)}" if nearest else ""),
        next_step=f"write one of {', '.join([*known, *WHOLE_RANKING])}, "
        f"or {', '.join(f'{measure}@k' for measure in MEASURES)} with k from 1 to {MAX_CUTOFF}",
    )


def metric_facts(name: str, verb: Verb) -> Scorer:
    """The scorer that a suite names, for a suite that asks with `verb`.

    Raises InvalidInput where there is none, or where it judges an answer and the suite only retrieves: every case would
    then look as if it had been answered with nothing, and never refused.
    """
    if verb == "retrieve" and name in OF_ANSWERS:
        raise InvalidInput(
            f"{name} judges an answer, and `verb: retrieve` brings none",
            next_step="write `verb: answer`, or take the scorer out",
        )
    return scorer_named(name, None)


def makers(
    corpus: Corpus | None,
    judged: JudgedValues = UNJUDGED,
    replies: Replies = NO_REPLIES,
    hosts: Sequence[str] = (),
) -> Mapping[str, Callable[[], Scorer]]:
    """What makes each scorer, by name; all but those of retrieval, which take a cutoff."""
    return {
        "facts": FactsScorer,
        "answered": AnsweredScorer,
        "abstained": AbstainedScorer,
        "withheld": WithheldScorer,
        "citations_retrieved": CitationsRetrievedScorer,
        "passages_allowed": partial(PassagesAllowedScorer, corpus),
        "groundedness": GroundednessScorer,
        "leak": LeakScorer,
        "control": ControlScorer,
        "egress": partial(EgressScorer, tuple(hosts)),
        "changed": partial(ChangedScorer, replies),
        "distinguishable": partial(DistinguishableScorer, replies),
        "audited": AuditedScorer,
        "route_taken": RouteTakenScorer,
        "token_refused": TokenRefusedScorer,
        "token_accepted": TokenAcceptedScorer,
        "latency_ms": LatencyScorer,
        **{f"latency_ms.{stage}": partial(LatencyScorer, stage) for stage in STAGES},
        "cost_usd": CostScorer,
        **{name: partial(JudgedScorer, name, judged) for name in JUDGED_METRICS},
    }

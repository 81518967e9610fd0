"""Groundedness: the share of an answer's sentences that its evidence supports, as the lexical judge sees it."""

from dataclasses import dataclass, field

from harness.domain.cases import Case
from harness.domain.observations import Answer, Observation
from harness.judges.lexical import LexicalJudge
from harness.scorers.scorer import Value

MOST_POSITIONS = 20
"""Positions that a reason lists; the rest are counted."""


@dataclass(frozen=True, slots=True)
class GroundednessScorer:
    """Applies to answerable cases.

    The evidence is the text of the cited passages, or of all passages where the answer cites none; a citation of a
    passage that was not retrieved brings no evidence, and neither does a quote, which the target wrote itself. A
    refusal of an answerable question scores 0: it asserts nothing unsupported, but 1 would reward refusing, and no
    value would let refusals shrink the denominator. Missing evidence never passes. How often to refuse is measured by
    `answered`; read the two together.
    """

    judge: LexicalJudge = field(default_factory=LexicalJudge)

    @property
    def name(self) -> str:
        """The metric's name in a suite."""
        return "groundedness"

    @property
    def version(self) -> str:
        """The judge's version and the beginning of its digest: another judge, another instrument."""
        return f"{self.judge.name}-{self.judge.version}-{self.judge.digest[:12]}"

    @property
    def lowest(self) -> float:
        """No sentence is supported."""
        return 0.0

    @property
    def highest(self) -> float | None:
        """Every sentence is supported."""
        return 1.0

    @property
    def higher_is_better(self) -> bool:
        """More support is better."""
        return True

    @property
    def reads_failures(self) -> bool:
        """A failed ask has no answer to judge; it scores worst."""
        return False

    def applies(self, case: Case) -> bool:
        """Whether the question can be answered from the corpus."""
        return case.kind == "answerable"

    def score(self, case: Case, observation: Observation) -> Value:  # noqa: ARG002  (the protocol's signature)
        """The share of supported sentences, 0..1."""
        answer = observation.answer
        if answer is None:
            return Value(None, "no answer to judge")
        if answer.refused:
            return Value(0.0, "refused an answerable question")
        evidence = _evidence(answer)
        if not evidence:
            missing = "none of the cited passages was retrieved" if answer.citations else "no passage was retrieved"
            return Value(0.0, f"nothing to judge against: {missing}")
        found = self.judge.ground(answer.text, evidence)
        if not found.judged:
            return Value(0.0, "the answer states nothing that evidence could support")
        return Value(found.share, _reason(found.judged, found.unsupported))


def _evidence(answer: Answer) -> list[str]:
    cited = {citation.passage_id for citation in answer.citations}
    return [passage.text for passage in answer.passages if not answer.citations or passage.id in cited]


def _reason(judged: int, unsupported: tuple[int, ...]) -> str:
    if not unsupported:
        return f"all {judged} sentences are supported"
    listed = ", ".join(str(position) for position in unsupported[:MOST_POSITIONS])
    more = f" and {len(unsupported) - MOST_POSITIONS} more" if len(unsupported) > MOST_POSITIONS else ""
    return f"{len(unsupported)} of {judged} sentences are unsupported, at position {listed}{more}"

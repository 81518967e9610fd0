"""What a judge is asked about a reply, and the scorer that looks up what it said.

No judge is asked while scores are computed: `execute/judging.py` asks, once, and the run keeps the judgements.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.domain.cases import Case
from harness.domain.digest import digest_of
from harness.domain.observations import Observation
from harness.domain.suites import JUDGED
from harness.scorers.missing import NO_ANSWER
from harness.scorers.scorer import Value

METRICS = (f"{JUDGED}faithfulness",)
"""What a judge can be asked for.

ragas has further metrics without a reference answer. Those with two prompts give the value of the one that worked where
the other failed, without saying so; a judge that hides a failure is not used here.
"""
LONGEST_ANSWER = 8_000
"""Characters of an answer that is judged."""
LONGEST_INPUT = 60_000
"""Characters of question, answer and passages together. Nothing is cut and then judged as if it were whole."""

Key = tuple[str, str, str, int]


@dataclass(frozen=True, slots=True)
class JudgeInput:
    """What a judge sees of one reply."""

    question: str
    answer: str
    contexts: tuple[str, ...]
    """Texts of the retrieved passages, best first; not only of those that the answer cites, which it chose itself."""

    @property
    def digest(self) -> str:
        """sha256, which binds a judgement to the reply that it is about."""
        return digest_of([self.question, self.answer, list(self.contexts)])


@dataclass(frozen=True, slots=True)
class JudgedValue:
    """What a judge said of one reply: a value, or none and why."""

    value: float | None
    reason: str
    input_digest: str


@dataclass(frozen=True, slots=True)
class JudgedValues:
    """Everything that the judge of a run said."""

    judge: str = ""
    """Digest of the judge; empty where a run has none."""
    by_key: Mapping[tuple[str, Key], JudgedValue] = field(default_factory=dict)
    """By metric and key of the ask."""


UNJUDGED = JudgedValues()
"""Of a run without a judge, and of rules that are read before there is a run."""


def judge_input(case: Case, observation: Observation) -> JudgeInput | Value:
    """What to ask the judge, or the value where there is nothing to ask.

    As for `groundedness`, a refusal of an answerable question scores 0, and so does an answer without evidence.
    """
    answer = observation.answer
    if answer is None:
        return NO_ANSWER
    if answer.refused:
        return Value(0.0, "refused an answerable question")
    contexts = tuple(passage.text for passage in answer.passages if passage.text.strip())
    if not contexts:
        return Value(0.0, "nothing to judge against: no passage was retrieved")
    if not answer.text.strip():
        return Value(0.0, "the answer states nothing that evidence could support")
    length = len(case.question) + len(answer.text) + sum(len(text) for text in contexts)
    if len(answer.text) > LONGEST_ANSWER or length > LONGEST_INPUT:
        return Value(None, f"too long to be judged: {len(answer.text)} characters of answer, {length} in all")
    return JudgeInput(case.question, answer.text, contexts)


@dataclass(frozen=True, slots=True)
class JudgedScorer:
    """Applies to answerable cases. Without a judgement of this very reply there is no value, and so no pass."""

    name: str
    values: JudgedValues

    @property
    def version(self) -> str:
        """The digest of the judge: another judge, another instrument."""
        return self.values.judge or "unjudged"

    @property
    def lowest(self) -> float:
        """No statement follows from the passages."""
        return 0.0

    @property
    def highest(self) -> float | None:
        """Every statement follows from the passages."""
        return 1.0

    @property
    def higher_is_better(self) -> bool:
        """More support is better."""
        return True

    @property
    def reads_failures(self) -> bool:
        """A failed ask gave nothing to judge."""
        return False

    def applies(self, case: Case) -> bool:
        """Only where there is something to answer."""
        return case.kind == "answerable"

    def score(self, case: Case, observation: Observation) -> Value:
        """What the judge said, 0..1, or none."""
        given = judge_input(case, observation)
        if isinstance(given, Value):
            return given
        said = self.values.by_key.get((self.name, observation.key))
        if said is None:
            return Value(None, "the judge was not asked")
        if said.input_digest != given.digest:
            return Value(None, "the judgement is about another reply")
        return Value(said.value, said.reason)

"""Scorers of what an answer rests on: whether its citations hold, and whether every passage was allowed."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field

from harness.domain.cases import Case, CaseKind
from harness.domain.corpus import Corpus, Document
from harness.domain.observations import Answer, Citation, Observation, Passage
from harness.scorers.access import may_see
from harness.scorers.missing import NO_ANSWER
from harness.scorers.scorer import Value
from harness.scorers.text import fold_space

QUESTIONS: frozenset[CaseKind] = frozenset({"answerable", "unanswerable", "forbidden"})
"""The kinds of case that ask for knowledge, as opposed to probes and credentials."""


@dataclass(frozen=True, slots=True)
class CitationsRetrievedScorer:
    """1 where every citation holds: a retrieved passage, and in it the quote, where one is given; else 0.

    An answer without a citation scores 0. A refusal without one scores 1, for it claims nothing; whether it should
    have answered is what `answered` says.
    """

    name: str = "citations_retrieved"
    version: str = "1"
    lowest: float = 0.0
    highest: float | None = 1.0
    higher_is_better: bool = True
    reads_failures: bool = False

    def applies(self, case: Case) -> bool:
        """Questions and probes that ask for an answer."""
        return case.kind in QUESTIONS or (case.kind == "probe" and case.verb in {"", "answer"})

    def score(self, case: Case, observation: Observation) -> Value:  # noqa: ARG002  the protocol's signature
        """One citation that does not hold is enough; the reason numbers those from 1."""
        answer = observation.answer
        if answer is None:
            return NO_ANSWER
        if not answer.citations:
            return Value(1.0, "refused, nothing cited") if answer.refused else Value(0.0, "answered, nothing cited")
        texts = _texts_of(answer)
        faults = [
            f"citation {number} {fault}"
            for number, citation in enumerate(answer.citations, start=1)
            if (fault := _fault(citation, texts))
        ]
        return Value(0.0, "; ".join(faults)) if faults else Value(1.0, "every citation holds")


@dataclass(frozen=True, slots=True)
class PassagesAllowedScorer:
    """1 where the principal may see every passage that came back, else 0.

    Each passage must say that it is of the principal's tenant, and be of no forbidden document. Given the corpus, its
    document must also exist there, be one that the principal may see by `access.may_see`, and hold the passage's text,
    white space aside: a label is the target's word, and the text is what came out.
    """

    corpus: InitVar[Corpus | None] = None
    name: str = "passages_allowed"
    version: str = field(init=False, default="2")
    """Holds the digest of the corpus, since with another one the same observation could score differently."""
    lowest: float = 0.0
    highest: float | None = 1.0
    higher_is_better: bool = True
    reads_failures: bool = False
    documents: Mapping[str, Document] | None = field(init=False, repr=False, compare=False, default=None)
    """The documents of the corpus by id, or None without a corpus."""
    texts: Mapping[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)
    """Their texts by id, white space folded."""

    def __post_init__(self, corpus: Corpus | None) -> None:
        """Index the corpus once, and name it in the version."""
        if corpus is not None:
            object.__setattr__(self, "documents", {document.id: document for document in corpus.documents})
            object.__setattr__(self, "texts", {item.id: fold_space(item.text) for item in corpus.documents})
            object.__setattr__(self, "version", f"2/{corpus.digest}")

    def applies(self, case: Case) -> bool:
        """Questions: answerable, unanswerable and forbidden cases."""
        return case.kind in QUESTIONS

    def score(self, case: Case, observation: Observation) -> Value:
        """Look at every passage; the reason names ranks."""
        if observation.answer is None:
            return NO_ANSWER
        passages = observation.answer.passages
        faults = [f"rank {passage.rank} {fault}" for passage in passages if (fault := self._fault(case, passage))]
        if faults:
            return Value(0.0, "; ".join(faults))
        return Value(1.0, f"{len(passages)} passages, all allowed")

    def _fault(self, case: Case, passage: Passage) -> str:
        """Why the principal may not have the passage; the empty string where they may."""
        if passage.tenant != case.principal.tenant:
            return "is of another tenant"
        if passage.source.document_id in case.forbidden:
            return "is of a forbidden document"
        if self.documents is None:
            return ""
        document = self.documents.get(passage.source.document_id)
        if document is None:
            return "is of a document that the corpus does not have"
        if not may_see(case.principal, document):
            return "is of a document that the principal may not see"
        return "" if fold_space(passage.text) in self.texts[document.id] else "holds text that its document does not"


def _texts_of(answer: Answer) -> dict[str, list[str]]:
    """The texts of the retrieved passages by id, white space folded."""
    texts: dict[str, list[str]] = {}
    for passage in answer.passages:
        texts.setdefault(passage.id, []).append(fold_space(passage.text))
    return texts


def _fault(citation: Citation, texts: dict[str, list[str]]) -> str:
    """Why a citation does not hold; the empty string where it does. A blank quote quotes nothing and does not hold."""
    if citation.passage_id not in texts:
        return "names a passage that was not retrieved"
    if citation.quote is None:
        return ""
    quote = fold_space(citation.quote)
    held = bool(quote) and any(quote in text for text in texts[citation.passage_id])
    return "" if held else "quotes what its passage does not say"

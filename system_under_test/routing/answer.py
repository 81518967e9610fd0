"""From a question and its passages to an answer that consists of cited passages only, or to a refusal."""

from dataclasses import dataclass
from typing import Final, Protocol

from system_under_test.nouns import RankedPassage, Retrieved
from system_under_test.routing.choose import Choice
from system_under_test.routing.clauses import clauses
from system_under_test.routing.errors import RouteFailedError
from system_under_test.routing.evidence import Clause, Evidence, Retrieval, Vector
from system_under_test.routing.prompt import messages
from system_under_test.routing.reply import Citation, parse_reply
from system_under_test.routing.routes import HostedRoute, Route

REFUSAL: Final = "I cannot answer this from the documents that you may see."
"""The same for every reason, so that a refusal does not tell a hidden document from a missing one."""


class Completed(Protocol):
    """What a model sent back."""

    @property
    def content(self) -> str:
        """The reply, in the form of `reply.parse_reply`."""
        ...

    @property
    def model(self) -> str:
        """The model's name for itself."""
        ...

    @property
    def input_tokens(self) -> int:
        """Tokens read, in the model's own unit."""
        ...

    @property
    def output_tokens(self) -> int:
        """Tokens written, in the model's own unit."""
        ...

    @property
    def cost_usd(self) -> float:
        """Price of the call in US dollars."""
        ...

    @property
    def first_token_ms(self) -> float | None:
        """From the request to the first piece of text, where the model streams."""
        ...


class Completer(Protocol):
    """Sends a prompt to the model of a route."""

    def complete(self, route: Route, messages: list[dict[str, str]], evidence: Evidence) -> Completed:
        """The model's output; raises RouteFailedError."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is told, with what it cost. A refusal has no citations."""

    text: str
    refused: bool
    citations: tuple[Citation, ...]
    support: float | None
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: float
    first_token_ms: float | None = None
    """From the request to the model's first piece of text, where it streams."""


class Answerer:
    """Asks the model of the chosen route."""

    def __init__(self, retrieval: Retrieval, completer: Completer) -> None:
        self._retrieval = retrieval
        self._completer = completer

    def answer(self, choice: Choice, question: str, query: Vector, retrieved: Retrieved) -> Answer:
        """The answer, or the constant refusal. Blocks. `query` is the question's vector. Raises RouteFailedError."""
        route = choice.route
        evidence = self._evidence(route, question, query, retrieved.passages)
        completed = self._completer.complete(route, messages(route, evidence), evidence)
        try:
            reply = parse_reply(completed.content, [ranked.passage for ranked in evidence.passages])
        except RouteFailedError as fault:
            fault.cost_usd = completed.cost_usd  # a reply that cannot be used has been paid for
            raise
        return Answer(
            text=REFUSAL if reply.refused else reply.answer,
            refused=reply.refused,
            citations=reply.citations,
            support=reply.support,
            model=completed.model,
            input_tokens=completed.input_tokens,
            output_tokens=completed.output_tokens,
            cost_usd=completed.cost_usd,
            first_token_ms=completed.first_token_ms,
        )

    def _evidence(self, route: Route, question: str, query: Vector, passages: tuple[RankedPassage, ...]) -> Evidence:
        if isinstance(route, HostedRoute):
            return Evidence(question, query, passages[: route.passages], ())
        looked_at = [ranked.passage for ranked in passages[: route.extract.passages]]
        split = clauses(question) if route.extract.clause_share > 0 and looked_at else ()
        parts = tuple(Clause(text, self._retrieval.query_vector(text)) for text in split)
        return Evidence(question, query, passages, tuple(self._retrieval.sentences(looked_at)), parts)

"""The one form in which every model answers, parsed strictly: JSON with verbatim quotes of given passages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from system_under_test.nouns import Passage
from system_under_test.routing.active import is_active
from system_under_test.routing.errors import RouteFailedError
from system_under_test.strict_json import StrictJsonError, canonical, parse

_REQUIRED = frozenset({"answer", "refused", "citations"})
_KNOWN = _REQUIRED | {"support"}
_ANSWER_CHARACTERS = 8_000
_CITATIONS = 20


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote of a passage that was given to the model."""

    passage_id: str
    quote: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said. A refusal has an empty answer and no citations; an answer has at least one."""

    answer: str
    refused: bool
    citations: tuple[Citation, ...]
    support: float | None = None


def render_reply(reply: Reply) -> str:
    """The reply as the JSON that `parse_reply` reads."""
    citations = [{"passage_id": one.passage_id, "quote": one.quote} for one in reply.citations]
    members: dict[str, object] = {"answer": reply.answer, "refused": reply.refused, "citations": citations}
    if reply.support is not None:
        members["support"] = reply.support
    return canonical(members).decode("utf-8")


def parse_reply(content: str, given: Sequence[Passage]) -> Reply:
    """The reply in a model's output.

    Raises RouteFailedError where it has another form, cites a passage that was not given, quotes what the passage
    does not say, answers without a citation, refuses with one, or sends a link, an image or markup.
    """
    try:
        members = parse(content)
    except StrictJsonError as fault:
        raise RouteFailedError(f"the model's reply is refused: {fault}") from None
    if not isinstance(members, dict) or not members.keys() <= _KNOWN or not members.keys() >= _REQUIRED:
        raise RouteFailedError("the model's reply has other members than agreed")
    answer, refused, citations = members["answer"], members["refused"], members["citations"]
    if not isinstance(answer, str) or not isinstance(refused, bool) or not isinstance(citations, list):
        raise RouteFailedError("the model's reply has a member of a wrong type")
    if len(answer) > _ANSWER_CHARACTERS or len(citations) > _CITATIONS:
        raise RouteFailedError("the model's reply is too long")
    if refused == bool(citations) or refused == bool(answer.strip()):
        raise RouteFailedError("the model answers without a citation, or refuses with one")
    if is_active(answer):
        raise RouteFailedError("the model's answer holds a link or markup")
    texts = {passage.id: passage.text for passage in given}
    return Reply(answer, refused, tuple(_citation(one, texts) for one in citations), _support(members.get("support")))


def _citation(value: object, texts: Mapping[str, str]) -> Citation:
    if not isinstance(value, dict) or value.keys() != {"passage_id", "quote"}:
        raise RouteFailedError("a citation has other members than agreed")
    passage_id, quote = value["passage_id"], value["quote"]
    if not isinstance(passage_id, str) or not isinstance(quote, str):
        raise RouteFailedError("a citation has a member of a wrong type")
    if passage_id not in texts:
        raise RouteFailedError("a citation names a passage that was not given")
    if not quote.strip() or quote not in texts[passage_id]:
        raise RouteFailedError("a quote does not stand in its passage")
    if is_active(quote):
        raise RouteFailedError("a quote holds a link or markup")
    return Citation(passage_id, quote)


def _support(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise RouteFailedError("the support is not a number in [0, 1]")
    return float(value)

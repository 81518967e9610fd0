"""What the gateway sends: the wire contract of a target, and errors of one shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.responses import Response

from system_under_test.nouns import RankedPassage
from system_under_test.routing.answer import Answer
from system_under_test.routing.choose import Choice
from system_under_test.strict_json import canonical

HEADERS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
"""Of every response."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A response that is ready, before it may leave."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)
    events_until: int | None = None
    """Where set, an answer that goes out as events; none goes out at this time or later (seconds since the epoch)."""

    def response(self) -> Response:
        """The response as bytes."""
        headers = {**HEADERS, **self.headers}
        return Response(canonical(self.body), self.status, headers, media_type="application/json")


def error(status: int, code: str, message: str, request_id: str, headers: Mapping[str, str] | None = None) -> Sent:
    """An error. Its body always has the same members."""
    body = {"error": {"code": code, "message": message}, "request_id": request_id}
    return Sent(status, body, headers or {})


def answered(answer: Answer, choice: Choice, passages: tuple[RankedPassage, ...]) -> dict[str, object]:
    """The members of an answer's body, but for `timings_ms` and `audit`."""
    return {
        "answer": answer.text,
        "refused": answer.refused,
        "citations": [{"passage_id": one.passage_id, "quote": one.quote} for one in answer.citations],
        "passages": [passage_of(ranked) for ranked in passages],
        "route": {"name": choice.route.name, "model": answer.model, "reason": choice.reason},
        "usage": {
            "input_tokens": answer.input_tokens,
            "output_tokens": answer.output_tokens,
            "cost_usd": answer.cost_usd,
        },
    }


def passage_of(ranked: RankedPassage) -> dict[str, object]:
    """A passage with its source. Scores stay inside: they tell about documents that were not returned."""
    passage, document = ranked.passage, ranked.passage.document
    return {
        "id": passage.id,
        "rank": ranked.rank,
        "text": passage.text,
        "tenant": document.tenant,
        "source": {
            "document_id": document.id,
            "uri": document.uri,
            "title": document.title,
            "version": document.version,
            "sha256": document.sha256,
            "span": [passage.start, passage.end],
        },
    }

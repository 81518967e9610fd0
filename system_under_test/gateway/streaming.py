"""An answer as server-sent events, for a caller that asks for `text/event-stream`.

Nothing is sent before everything is known: the answer is parsed, its citations are checked, its audit record is
durable, its status is settled (docs/adr/0008). What is streamed is that answer, sentence by sentence. A request that
fails gets the same status and the same JSON body with and without events.

The form is negotiated by the `Accept` header and not by a member of the body: the question stays the same question,
with the same digest in the audit record, whichever form its answer takes.
"""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from system_under_test.gateway.wire import Sent
from system_under_test.routing.checked import CheckedSentence, checked_sentences
from system_under_test.routing.reply import Citation
from system_under_test.strict_json import canonical

MEDIA_TYPE: Final = "text/event-stream"
_HEADERS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-accel-buffering": "no",  # a proxy of that family would hold the sentences back until the end
}


def wants_events(request: Request) -> bool:
    """Whether the caller names the media type of events, and not with a weight of 0."""
    for accepted in ",".join(request.headers.getlist("accept")).split(","):
        media_type, *parameters = (part.strip().lower().replace(" ", "") for part in accepted.split(";"))
        if media_type == MEDIA_TYPE:
            return not any(one.startswith("q=0") and one.strip("q=0.") == "" for one in parameters)
    return False


def streamed(sent: Sent, expires_at: int, now: Callable[[], float] = time.time) -> Response:
    """The events of a response with status 200 that holds an answer.

    `sentence` for each sentence, `{text, citations}`; then `answer`, the body as it would have been sent without
    events. Before each event the token is looked at again: once it has expired (`expires_at`, in seconds since the
    epoch), `error` is sent in the event's place, and the stream ends.
    """
    return StreamingResponse(_events(sent.body, expires_at, now), sent.status, {**_HEADERS, **sent.headers}, MEDIA_TYPE)


async def _events(body: Mapping[str, object], expires_at: int, now: Callable[[], float]) -> AsyncIterator[bytes]:
    for name, data in (*(("sentence", _shown(one)) for one in _sentences(body)), ("answer", body)):
        if now() >= expires_at:
            yield _event("error", {"error": {"code": "unauthenticated", "message": "authentication failed"}})
            return
        yield _event(name, data)


def _sentences(body: Mapping[str, object]) -> tuple[CheckedSentence, ...]:
    answer, cited = body["answer"], body["citations"]
    citations = [Citation(one["passage_id"], one["quote"]) for one in cited] if isinstance(cited, list) else []
    return checked_sentences(answer if isinstance(answer, str) else "", citations)


def _shown(sentence: CheckedSentence) -> dict[str, object]:
    citations = [{"passage_id": one.passage_id, "quote": one.quote} for one in sentence.citations]
    return {"text": sentence.text, "citations": citations}


def _event(name: str, data: Mapping[str, object]) -> bytes:
    """One event. Its JSON has no line break, so that no text can begin an event of its own."""
    return b"event: " + name.encode("ascii") + b"\ndata: " + canonical(data) + b"\n\n"

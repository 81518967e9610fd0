"""The token: it stops at the gateway, and what it allows ends when it does (G26)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from system_under_test.config import Limits

QUESTION = {"question": "How many days of annual leave are there a year?"}
Start = Callable[..., Any]


def strings(value: object, seen: set[int]) -> Iterator[str]:
    """Every string that can be reached from a value through containers, dataclasses and attributes."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, str | bytes):
        yield value if isinstance(value, str) else value.decode("latin-1")
    elif isinstance(value, Mapping):
        for key, member in value.items():
            yield from strings(key, seen)
            yield from strings(member, seen)
    elif isinstance(value, list | tuple | set | frozenset):
        for member in value:
            yield from strings(member, seen)
    elif is_dataclass(value):
        for field in fields(value):
            yield from strings(getattr(value, field.name), seen)
    elif hasattr(value, "__dict__"):
        yield from strings(vars(value), seen)


def reaches(value: object, token: str) -> bool:
    """Whether the token, or one of its three segments, can be reached from the value."""
    wanted = (token, *token.split("."))
    return any(part in text for text in strings(value, set()) for part in wanted)


def test_the_token_stops_at_the_gateway(serve: Start, doubles: Any) -> None:
    handed: list[object] = []

    class Recording(doubles.MemoryRetrieval):  # type: ignore[name-defined,misc]
        def search(self, *arguments: Any, **named: Any) -> Any:
            handed.append((arguments, named))
            return super().search(*arguments, **named)

        def query_vector(self, question: str) -> Any:
            handed.append(question)
            return super().query_vector(question)

        def sentences(self, passages: Any) -> Any:
            handed.append(passages)
            return super().sentences(passages)

    class Completer(doubles.DirectCompleter):  # type: ignore[name-defined,misc]
        def complete(self, *arguments: Any, **named: Any) -> Any:
            handed.append((arguments, named))
            return super().complete(*arguments, **named)

    service = serve(retrieval=Recording(), completer=Completer())
    headers = service.idp.headers(jti="jti-of-this-token")

    response = service.send(("POST", "/v1/answer", {"json": QUESTION, "headers": headers}))[0]

    token = headers["authorization"].removeprefix("Bearer ")
    assert response.status_code == 200
    assert len(handed) == 4
    assert not reaches(handed, token)
    assert any("jti-of-this-token" in text for text in strings(handed, set())), "the walk reaches the principal"
    assert token not in service.audit_path.read_text(encoding="utf-8")


@pytest.mark.parametrize("where", ["bare", "in a list", "in a dataclass", "as a segment", "in bytes", "in an object"])
def test_the_walk_finds_a_token_that_is_handed_on(doubles: Any, where: str) -> None:
    token = "aaaa.bbbb.cccc"

    class Carrier:
        def __init__(self) -> None:
            self.headers = {"authorization": f"Bearer {token}"}

    planted = {
        "bare": token,
        "in a list": [[{"x": token}]],
        "in a dataclass": doubles.Sentence("p", f"Bearer {token}", None),
        "as a segment": ("bbbb",),
        "in bytes": token.encode(),
        "in an object": Carrier(),
    }

    assert reaches(planted[where], token)


class Clock:
    """Moves when somebody searches."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("path", ["/v1/answer", "/v1/retrieve"])
@pytest.mark.parametrize(
    ("takes_s", "status"), [pytest.param(629, 200, id="just in time"), pytest.param(630, 401, id="too late")]
)
def test_a_token_that_expires_while_the_answer_is_made_gets_no_answer(
    serve: Start, doubles: Any, path: str, takes_s: int, status: int
) -> None:
    clock = Clock(1_000_000)

    class Slow(doubles.MemoryRetrieval):  # type: ignore[name-defined,misc]
        def search(self, *arguments: Any, **named: Any) -> Any:
            clock.seconds += takes_s
            return super().search(*arguments, **named)

    idp = doubles.Idp()
    verifier = doubles.Verifier([idp.as_issuer()], doubles.TENANTS, Limits(), now=clock)
    service = serve(retrieval=Slow(), verifier=verifier, now=clock)
    headers = idp.headers(iat=1_000_000, exp=1_000_600)  # thirty seconds of leeway on top

    response = service.send(("POST", path, {"json": QUESTION, "headers": headers}))[0]
    refused = service.send(("POST", path, {"json": QUESTION, "headers": {"authorization": "Bearer x"}}))[0]

    assert response.status_code == status
    if status == 401:
        assert doubles.without_id(response) == doubles.without_id(refused)
        record = service.records()[0]
        assert (record["outcome"], record["reason"], record["tenant"]) == ("unauthenticated", "token_expired", "acme")
        assert record["retrieved"]


def test_a_token_that_expires_while_the_answer_is_streamed_stops_the_stream(serve: Start, doubles: Any) -> None:
    clock = Clock(1_000_000)

    class Expiring(Clock):
        def __call__(self) -> float:
            self.seconds += 300
            return self.seconds

    idp = doubles.Idp()
    verifier = doubles.Verifier([idp.as_issuer()], doubles.TENANTS, Limits(), now=clock)
    headers = {**idp.headers(iat=1_000_000, exp=1_000_600), "accept": "text/event-stream"}
    call = ("POST", "/v1/answer", {"json": QUESTION, "headers": headers})

    whole = serve(verifier=verifier, now=clock).send(call)[0]
    cut = serve(verifier=verifier, now=Expiring(999_400)).send(call)[0]  # looked at three times before the first event

    assert whole.headers["content-type"].startswith("text/event-stream")
    assert [line for line in whole.text.splitlines() if line.startswith("event: ")] == [
        "event: sentence",
        "event: answer",
    ]
    assert [line for line in cut.text.splitlines() if line.startswith("event: ")] == ["event: sentence", "event: error"]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param({"json": {"question": ""}}, 400, id="bad request"),
        pytest.param({"json": QUESTION, "headers": {"authorization": "Bearer x"}}, 401, id="refused token"),
    ],
)
def test_an_error_is_the_same_whether_events_were_asked_for_or_not(
    serve: Start, doubles: Any, arguments: dict[str, Any], status: int
) -> None:
    service = serve()
    headers = {**service.idp.headers(), **arguments.get("headers", {})}

    plain, events = service.send(
        ("POST", "/v1/answer", {**arguments, "headers": headers}),
        ("POST", "/v1/answer", {**arguments, "headers": {**headers, "accept": "text/event-stream"}}),
    )

    assert plain.status_code == status
    assert doubles.without_id(plain) == doubles.without_id(events)


def test_no_event_leaves_where_the_record_cannot_be_kept(serve: Start, doubles: Any) -> None:
    service = serve(audit=doubles.FailingAudit())
    headers = {**service.idp.headers(), "accept": "text/event-stream"}

    response = service.send(("POST", "/v1/answer", {"json": QUESTION, "headers": headers}))[0]

    assert response.status_code == 503
    assert "27 days" not in response.text


def test_a_write_that_is_done_is_told_even_if_the_token_has_expired_meanwhile(serve: Start, doubles: Any) -> None:
    clock = Clock(1_000_000)

    class Slow:
        def document(self, *_: Any) -> None:
            clock.seconds += 1_000

        def put(self, *_: Any) -> str:
            clock.seconds += 1_000
            return "created"

    idp = doubles.Idp()
    verifier = doubles.Verifier([idp.as_issuer()], doubles.TENANTS, Limits(), now=clock)
    service = serve(verifier=verifier, now=clock, documents=Slow())
    token = {"groups": ["document-admins"], "iat": 1_000_000, "exp": 1_000_600}

    written = service.send(("PUT", "/v1/documents/a", {"json": {}, "headers": idp.headers(**token)}))[0]
    again = service.send(("PUT", "/v1/documents/a", {"json": {}, "headers": idp.headers(**token)}))[0]

    assert (written.status_code, again.status_code) == (201, 401)

"""The models behind the routes, through LiteLLM. The hosted one is a server in this process."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any

import pytest

from system_under_test.routing.clients import Clients
from system_under_test.routing.errors import RouteFailedError
from system_under_test.routing.evidence import Evidence
from system_under_test.routing.reply import parse_reply
from system_under_test.routing.routes import load_routes

ROUTES = load_routes()
QUESTION = "How many days is annual leave a year?"
MESSAGES = [{"role": "user", "content": QUESTION}]


@pytest.fixture
def evidence(doubles: ModuleType) -> Evidence:
    passages = doubles.CORPUS[:2]
    return Evidence(
        QUESTION, doubles.vector_of(QUESTION), doubles.ranked(*passages), tuple(doubles.sentences_of(passages))
    )


class Provider:
    """An OpenAI-compatible endpoint that remembers what it was sent."""

    def __init__(self) -> None:
        self.status, self.content = 200, "{}"
        self.requests: list[tuple[str, dict[str, Any]]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                provider.requests.append((self.headers["authorization"], json.loads(self.rfile.read(length))))
                body = provider.body()
                self.send_response(provider.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.environment = {
            "REFERENCE_HOSTED_MODEL": "tiny",
            "REFERENCE_HOSTED_API_BASE": f"http://127.0.0.1:{self.server.server_port}/v1",
            "REFERENCE_HOSTED_API_KEY": "secret-key",
        }

    def body(self) -> bytes:
        message = {"role": "assistant", "content": self.content}
        answer = {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "tiny-2026",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100},
        }
        return json.dumps(answer if self.status == 200 else {"error": {"message": "secret prompt"}}).encode()


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    thread = threading.Thread(target=provider.server.serve_forever)
    thread.start()
    yield provider
    provider.server.shutdown()
    thread.join()
    provider.server.server_close()


@pytest.mark.parametrize("name", ["fast", "better"])
def test_an_extractive_model_answers_with_tokens_and_a_price(evidence: Evidence, name: str) -> None:
    route = ROUTES.by_name[name]

    completion = Clients(ROUTES, {}).complete(route, MESSAGES, evidence)

    reply = parse_reply(completion.content, [ranked.passage for ranked in evidence.passages])
    priced = completion.input_tokens * route.price.input + completion.output_tokens * route.price.output
    assert reply.answer.startswith("Annual leave is 27 days a year.")
    assert completion.model == f"extractive/{name}"
    assert completion.input_tokens > completion.output_tokens > 0
    assert completion.cost_usd == pytest.approx(priced / 1e6)


def test_the_better_model_is_the_dearer_one(evidence: Evidence) -> None:
    clients = Clients(ROUTES, {})

    fast, better = (clients.complete(ROUTES.by_name[name], MESSAGES, evidence) for name in ("fast", "better"))

    assert better.cost_usd > fast.cost_usd > 0


def test_the_hosted_model_is_asked_at_its_endpoint_and_priced_as_declared(
    evidence: Evidence, provider: Provider
) -> None:
    provider.content = '{"answer": ""}'
    route = ROUTES.by_name["hosted"]

    completion = Clients(ROUTES, provider.environment).complete(route, MESSAGES, evidence)

    authorization, sent = provider.requests[0]
    assert completion.content == '{"answer": ""}'
    assert (completion.input_tokens, completion.output_tokens) == (1_000, 100)
    assert completion.cost_usd == pytest.approx((1_000 * route.price.input + 100 * route.price.output) / 1e6)
    assert authorization == "Bearer secret-key"
    assert (sent["model"], sent["temperature"], sent["messages"]) == ("tiny", 0.0, MESSAGES)
    assert "evidence" not in sent


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_a_provider_that_fails_is_asked_once_and_not_quoted(
    evidence: Evidence, provider: Provider, status: int
) -> None:
    provider.status = status

    with pytest.raises(RouteFailedError) as caught:
        Clients(ROUTES, provider.environment).complete(ROUTES.by_name["hosted"], MESSAGES, evidence)

    assert len(provider.requests) == 1
    assert "secret" not in str(caught.value)


def test_a_provider_that_is_not_there_fails(evidence: Evidence, provider: Provider) -> None:
    environment = {**provider.environment, "REFERENCE_HOSTED_API_BASE": "http://127.0.0.1:9/v1"}

    with pytest.raises(RouteFailedError):
        Clients(ROUTES, environment).complete(ROUTES.by_name["hosted"], MESSAGES, evidence)

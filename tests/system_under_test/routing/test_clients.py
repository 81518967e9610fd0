"""The models behind the routes, through LiteLLM. The hosted one is a server on a socket of this machine."""

import io
import json
import logging
import traceback
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from system_under_test.routing.clients import Clients, Completion
from system_under_test.routing.errors import TREATMENTS, RouteFailedError
from system_under_test.routing.evidence import Evidence
from system_under_test.routing.reply import parse_reply
from system_under_test.routing.routes import HostedRoute, Timeouts, load_routes

# LiteLLM 1.106 reads an attribute that this pydantic deprecates, and warnings are errors here.
pytestmark = pytest.mark.filterwarnings("ignore:Accessing the 'model_:DeprecationWarning")

ROUTES = load_routes()
QUESTION = "How many days is annual leave a year?"
MESSAGES = [{"role": "user", "content": QUESTION}]
LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpx", "httpcore")


@pytest.fixture
def evidence(doubles: ModuleType) -> Evidence:
    passages = doubles.CORPUS[:2]
    return Evidence(
        QUESTION, doubles.vector_of(QUESTION), doubles.ranked(*passages), tuple(doubles.sentences_of(passages))
    )


def hosted(**changes: Any) -> HostedRoute:
    """The hosted route."""
    route = ROUTES.by_name["hosted"]
    assert isinstance(route, HostedRoute)
    return replace(route, **changes)


def fails(evidence: Evidence, provider: Any, route: HostedRoute | None = None, **environment: str) -> RouteFailedError:
    with pytest.raises(RouteFailedError) as caught:
        completes(evidence, provider, route, **environment)
    return caught.value


def completes(evidence: Evidence, provider: Any, route: HostedRoute | None = None, **environment: str) -> Completion:
    clients = Clients(ROUTES, {**provider.environment, **environment})
    return provider.aside(clients.complete, route or hosted(), MESSAGES, evidence)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", ["fast", "better"])
def test_an_extractive_model_answers_with_tokens_and_a_price(evidence: Evidence, name: str) -> None:
    route = ROUTES.by_name[name]

    completion = Clients(ROUTES, {}).complete(route, MESSAGES, evidence)

    reply = parse_reply(completion.content, [ranked.passage for ranked in evidence.passages])
    assert reply.answer.startswith("Annual leave is 27 days a year.")
    assert completion.model == f"extractive/{name}"
    assert completion.input_tokens > completion.output_tokens > 0
    assert completion.cost_usd == pytest.approx(route.price.of(completion.input_tokens, completion.output_tokens))
    assert completion.first_token_ms is None


def test_the_better_model_is_the_dearer_one(evidence: Evidence) -> None:
    clients = Clients(ROUTES, {})

    fast, better = (clients.complete(ROUTES.by_name[name], MESSAGES, evidence) for name in ("fast", "better"))

    assert better.cost_usd > fast.cost_usd > 0


def test_the_hosted_model_is_asked_at_its_endpoint_and_priced_as_declared(
    evidence: Evidence, provider: Any, providers: ModuleType
) -> None:
    provider.plan = [providers.answers('{"answer": ""}')]
    route = ROUTES.by_name["hosted"]

    completion = completes(evidence, provider)

    authorization, sent = provider.received[0]
    assert (completion.content, completion.model) == ('{"answer": ""}', "tiny")
    assert (completion.input_tokens, completion.output_tokens) == (1_000, 100)
    assert completion.cost_usd == pytest.approx((1_000 * route.price.input + 100 * route.price.output) / 1e6)
    assert authorization == f"Bearer {providers.KEY}"
    assert (sent["model"], sent["temperature"], sent["messages"]) == ("tiny", 0.0, MESSAGES)
    assert (sent["stream"], sent["stream_options"]) == (True, {"include_usage": True})
    assert "evidence" not in sent


def test_the_time_to_the_first_piece_of_text_is_measured(evidence: Evidence, provider: Any) -> None:
    completion = completes(evidence, provider)

    assert completion.first_token_ms is not None
    assert 0 < completion.first_token_ms < 8_000


Made = Callable[[ModuleType], Any]
"""A way to answer, made by the module of the double."""


def answered(status: int, *message: str) -> Made:
    """An error with this status."""
    return lambda p: p.error(status, *message)


FILTERED = "invalid_request_error content_policy_violation"
STATUSES: dict[int, tuple[str, float | None]] = {
    # status: (the kind of the fault, what the call cost)
    400: ("bad_request", 0.0),
    401: ("credentials", 0.0),
    403: ("credentials", 0.0),
    404: ("not_found", 0.0),
    429: ("rate_limited", 0.0),
    500: ("server_error", None),
    502: ("server_error", None),
    503: ("server_error", None),
    504: ("server_error", None),
}
WAYS: dict[str, tuple[Made, str, float | None]] = {
    # name: (how the provider is set up, the kind of the fault, what the call cost)
    **{str(status): (answered(status), kind, cost) for status, (kind, cost) in STATUSES.items()},
    "400 for the content": (answered(400, FILTERED), "content_filter", 0.0),
    "silence": (lambda p: p.silence, "timeout", None),
    "stalled before a text": (lambda p: p.stalls(after=p.chunk({"content": ""})), "timeout", None),
    "stalled after a text": (lambda p: p.stalls(after=p.chunk({"content": "{"})), "timeout", None),
    "no end": (lambda p: p.babbles, "timeout", None),
    "comments for ever": (lambda p: p.keeps_alive, "timeout", None),
    "a redirect": (lambda p: p.redirects, "server_error", 0.0),
    "reset": (lambda p: p.breaks_off(), "interrupted", None),
    "no finish": (lambda p: p.answers(finish=None), "interrupted", 0.00021),
    "an error in the stream": (lambda p: p.says(p.chunk({"content": "{"}), p.ERROR_EVENT), "server_error", None),
    "no JSON in the stream": (lambda p: p.says(p.chunk({"content": "{"}), b"data: {not\n\n"), "malformed", None),
    "no stream": (lambda p: p.body(b"{not json"), "malformed", None),
    "a page": (lambda p: p.body(b"<html>busy</html>", b"text/html"), "malformed", None),
    "no choices": (lambda p: p.says(p.chunk(None, usage=p.USAGE), b"data: [DONE]\n\n"), "malformed", 0.00021),
    "wrong model": (lambda p: p.answers(model="other"), "wrong_model", 0.00021),
    "larger sister": (lambda p: p.answers(model="tiny-large"), "wrong_model", 0.00021),
    "empty content": (lambda p: p.answers(""), "empty", 0.00021),
    "blank content": (lambda p: p.answers("  "), "empty", 0.00021),
    "content filter": (lambda p: p.answers("{", finish="content_filter"), "content_filter", 0.00021),
    "cut off": (lambda p: p.answers("{", finish="length"), "cut_off", 0.00021),
    "far too long": (lambda p: p.says(*[p.chunk({"content": "x" * 40_000})] * 3), "cut_off", None),
    "no counts": (lambda p: p.answers(usage=None), "no_usage", None),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(WAYS))
def test_each_way_to_fail_has_its_kind_and_its_price_and_quotes_nothing(
    evidence: Evidence, provider: Any, providers: ModuleType, name: str
) -> None:
    way, kind, cost = WAYS[name]
    provider.plan = [way(providers)]

    impatient = hosted(timeouts=Timeouts(0.3, 0.3, 0.5))

    fault = fails(evidence, provider, impatient if kind == "timeout" else None)

    assert fault.kind == kind
    assert fault.cost_usd == (None if cost is None else pytest.approx(cost))
    assert len(provider.received) == 1
    told = "".join(traceback.format_exception(fault)) + repr(fault) + str(vars(fault))
    assert providers.SECRET not in told
    assert providers.KEY not in told
    assert fault.__cause__ is None
    assert fault.__context__ is None


def test_every_kind_of_fault_that_a_provider_can_bring_about_is_one_of_these_ways() -> None:
    assert {kind for _, kind, _ in WAYS.values()} == set(TREATMENTS) - {"unusable_reply", "unreachable", "out_of_time"}


def test_a_provider_that_is_not_there_is_unreachable(evidence: Evidence, provider: Any) -> None:
    fault = fails(evidence, provider, REFERENCE_HOSTED_API_BASE="http://127.0.0.1:9/v1")

    assert (fault.kind, fault.cost_usd) == ("unreachable", 0.0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param({"retry_after": "7"}, 7.0, id="seconds"),
        pytest.param({"retry_after": "0"}, 0.0, id="at once"),
        pytest.param({"retry_after": "-3"}, 0.0, id="before now"),
        pytest.param({"retry_after": "Thu, 01 Jan 2026 00:00:00 GMT"}, 0.0, id="a moment that is past"),
        pytest.param({"retry_after": "nan"}, None, id="no number"),
        pytest.param({"retry_after": "soon"}, None, id="a word"),
        pytest.param({}, None, id="no header"),
    ],
)
def test_the_wait_that_a_provider_asks_for_is_read(
    evidence: Evidence, provider: Any, providers: ModuleType, header: dict[str, str], seconds: float | None
) -> None:
    provider.plan = [providers.error(429, **header)]

    assert fails(evidence, provider).retry_after_s == seconds


@pytest.mark.parametrize(
    ("model", "served_as"),
    [("tiny", ()), ("tiny-2026-01-31", ()), ("tiny-20260131", ()), ("Tiny v2", ("Tiny v2",))],
    ids=["its own name", "a dated snapshot", "a snapshot without dashes", "a declared name"],
)
def test_a_model_may_answer_under_these_names(
    evidence: Evidence, provider: Any, providers: ModuleType, model: str, served_as: tuple[str, ...]
) -> None:
    provider.plan = [providers.answers(model=model)]

    completion = completes(evidence, provider, hosted(served_as=served_as))

    assert completion.model == model


@pytest.mark.parametrize("loudest", [False, True], ids=["the root at DEBUG", "every logger at DEBUG"])
@pytest.mark.parametrize("name", ["good", "401", "500", "reset", "wrong model"])
def test_no_key_reaches_a_log_or_a_stream(
    evidence: Evidence, provider: Any, providers: ModuleType, name: str, loudest: bool
) -> None:
    provider.plan = [providers.answers() if name == "good" else WAYS[name][0](providers)]
    written, levels = io.StringIO(), {one: logging.getLogger(one).level for one in (None, *LOGGERS)}
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    clients = Clients(ROUTES, provider.environment)

    try:
        for one in (None, *LOGGERS) if loudest else (None,):
            logging.getLogger(one).setLevel(logging.DEBUG)
        with redirect_stderr(written), redirect_stdout(written):
            try:
                provider.aside(clients.complete, hosted(), MESSAGES, evidence)
            except RouteFailedError:
                logging.getLogger("caller").exception("a route failed: %r %r", clients, hosted())
    finally:
        logging.getLogger().removeHandler(handler)
        for one, level in levels.items():
            logging.getLogger(one).setLevel(level)

    assert provider.received[0][0] == f"Bearer {providers.KEY}"
    assert providers.KEY not in written.getvalue()
    assert loudest or QUESTION not in written.getvalue()


def test_the_capture_would_have_seen_the_key(providers: ModuleType) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger("openai").addHandler(handler)

    logging.getLogger("openai").warning("authorization: %s", json.dumps(providers.KEY))

    logging.getLogger("openai").removeHandler(handler)
    assert providers.KEY in written.getvalue()

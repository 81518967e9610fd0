"""The models behind the routes, all spoken to through LiteLLM. The only file that imports it."""

import logging
import os
import warnings

# LiteLLM reads these while it is imported: no price list is fetched and nothing is reported to anybody.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["DO_NOT_TRACK"] = "true"
# Its log of every call goes to nobody here, yet a second thread would write it and hold the text meanwhile.
os.environ["LOGGING_EXECUTOR_MAX_PENDING_TASKS"] = "0"

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import httpx
import litellm
import numpy as np
import openai
from litellm.llms.custom_httpx.http_handler import HTTPHandler
from litellm.llms.custom_llm import CustomLLM

from system_under_test.routing.clock import Clock
from system_under_test.routing.eligibility import reachable
from system_under_test.routing.errors import RouteFailedError
from system_under_test.routing.evidence import DIMENSIONS, Evidence, Sentence
from system_under_test.routing.extractive import ExtractSettings, extract
from system_under_test.routing.notes import NOTES
from system_under_test.routing.provider_faults import cost_nothing, kind_of, retry_after_s
from system_under_test.routing.provider_http import bounded, bounded_client
from system_under_test.routing.provider_stream import Watch, names_of
from system_under_test.routing.providers import SDK, provider_of
from system_under_test.routing.reply import Citation, Reply, render_reply
from system_under_test.routing.routes import ExtractiveRoute, HostedRoute, Price, Route, Routes
from system_under_test.routing.terms import count_tokens

_PROVIDER: Final = "extractive"
_MILLION: Final = 1_000_000

litellm.telemetry = False
litellm.suppress_debug_info = True
litellm.turn_off_message_logging = True  # questions and passages stay out of its logs
litellm.drop_params = False
litellm.client_session = bounded_client()  # it follows no redirect with the passages
_HANDLER: Final = HTTPHandler(client=litellm.client_session)
"""The same client, in the form that LiteLLM takes for the providers outside the openai package."""
logging.getLogger("LiteLLM").setLevel(logging.ERROR)  # it warns of every call that it does not log
for _chatty in ("openai", "httpx", "httpcore"):  # at DEBUG they write whole requests, passages included
    logging.getLogger(_chatty).setLevel(logging.WARNING)

Message = Mapping[str, str]


def _build(response: type[object]) -> None:
    """The first response of a kind builds its schema (0.3 s), and pydantic warns about a field of LiteLLM's types."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*`ReadOnly` qualifier", category=UserWarning)
        response()


_build(litellm.ModelResponse)


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model sent back, with what it cost in US dollars."""

    content: str
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: float
    first_token_ms: float | None = None
    """From the request to the first piece of text, where the model streams."""


class _Extractive(CustomLLM):  # type: ignore[misc]  # untyped in LiteLLM
    """The extractive answerers as a LiteLLM provider. The evidence travels beside the messages, as an object."""

    def __init__(self, settings: Mapping[str, ExtractSettings]) -> None:
        super().__init__()
        self._settings = settings

    def completion(self, **call: object) -> litellm.ModelResponse:
        """LiteLLM's entry point; `call` is its whole, version-dependent set of arguments."""
        model, response, options = call["model"], call["model_response"], call["optional_params"]
        evidence = options.get("evidence") if isinstance(options, dict) else None
        if not isinstance(evidence, Evidence) or not isinstance(response, litellm.ModelResponse):
            raise TypeError("the extractive models need the evidence as an object")
        settings = self._settings[f"{_PROVIDER}/{model}"]
        found = extract(evidence, settings)
        content = render_reply(_reply(found.quotes, found.support))
        read = sum(NOTES.tokens(ranked.passage) for ranked in evidence.passages[: settings.passages])
        asked, written = count_tokens(evidence.question) + read, sum(count_tokens(one.text) for one in found.quotes)
        response.model = f"{_PROVIDER}/{model}"
        response.choices[0].message.content = content
        response.choices[0].finish_reason = "stop"
        response.usage = litellm.Usage(prompt_tokens=asked, completion_tokens=written, total_tokens=asked + written)
        return response


class Clients:
    """Sends a prompt to the model of a route. Registering the models and their prices is process-wide in LiteLLM."""

    def __init__(self, routes: Routes, environment: Mapping[str, str], clock: Clock | None = None) -> None:
        extractive = [route for route in routes.by_name.values() if isinstance(route, ExtractiveRoute)]
        handler = _Extractive({route.model: route.extract for route in extractive})
        litellm.custom_provider_map = [{"provider": _PROVIDER, "custom_handler": handler}]
        litellm.register_model({route.model: _priced(route.price, _PROVIDER) for route in extractive})
        self._environment = environment
        self._clock = clock or Clock()
        if any(isinstance(route, HostedRoute) and reachable(route, environment) for route in routes.by_name.values()):
            _build(litellm.ModelResponseStream)
        nothing = Evidence("", np.zeros(DIMENSIONS, np.float32), (), ())
        for route in extractive:
            # LiteLLM loads half a second's worth on its first call; the first caller need not wait for it.
            self.complete(route, [{"role": "user", "content": "-"}], nothing)

    def complete(self, route: Route, messages: Sequence[Message], evidence: Evidence) -> Completion:
        """The model's output. Blocks: call it in a thread. Raises RouteFailedError.

        The error names the kind of the fault and nothing else: a provider's message can hold the prompt or the key.
        """
        sent = [dict(one) for one in messages]
        if isinstance(route, HostedRoute):
            return self._streamed(route, sent)
        try:
            response = litellm.completion(model=route.model, messages=sent, evidence=evidence)
        except (openai.OpenAIError, ValueError, TypeError, KeyError, OSError) as fault:
            raise RouteFailedError(f"the model did not answer: {type(fault).__name__}") from None
        return _completion(response)

    def _streamed(self, route: HostedRoute, messages: list[dict[str, str]]) -> Completion:
        model, started_s = route.model_name(self._environment), self._clock.monotonic()
        watch, pieces, failure = None, [], None
        try:
            with bounded(route.timeouts.total_s, self._clock):
                response = litellm.completion(messages=messages, **self._arguments(route, model))
                watch = Watch(response.completion_stream, route.timeouts, started_s, self._clock)
                response.completion_stream = watch
                pieces = [chunk.choices[0].delta.content for chunk in response if chunk.choices]
        except Exception as fault:  # noqa: BLE001 - LiteLLM raises what it likes, and none of it may travel on
            failure = _failure(fault, watch)
        finally:
            if watch is not None:
                watch.close()
        if failure is not None or watch is None:
            # Raised here and not in the handler, so that the provider's own error does not hang on as the context.
            raise failure or RouteFailedError("the model did not answer", "malformed")
        return _read(route, model, "".join(piece for piece in pieces if piece), watch)

    def _arguments(self, route: HostedRoute, model: str) -> dict[str, object]:
        endpoint = {"api_base": route.api_base_env, "api_key": route.api_key_env}
        return {
            **{name: self._environment[variable] for name, variable in endpoint.items() if variable},
            **({} if provider_of(model) in SDK else {"client": _HANDLER}),
            "model": model,
            "temperature": 0.0,
            "max_tokens": route.output_tokens,
            "response_format": {"type": "json_object"},
            "stream": True,
            "stream_options": {"include_usage": True},
            "timeout": httpx.Timeout(
                min(route.timeouts.first_token_s, route.timeouts.total_s), connect=route.timeouts.connect_s
            ),
            "num_retries": 0,
            "max_retries": 0,
        }


def _failure(fault: Exception, watch: Watch | None) -> RouteFailedError:
    """A request that was declined costs nothing; what a broken one costs nobody knows, so the estimate is paid."""
    broken = watch.broken if watch is not None else None
    kind = broken or kind_of(fault, litellm.ContentPolicyViolationError)
    costs_nothing = watch is None and cost_nothing(fault)
    return RouteFailedError(
        f"the model did not answer: {kind}",
        kind,
        retry_after_s=retry_after_s(fault),
        cost_usd=0.0 if costs_nothing else None,
    )


def _read(route: HostedRoute, model: str, content: str, watch: Watch) -> Completion:
    """What a stream that came to its end says. Raises RouteFailedError, with the cost where it is known."""
    tokens = watch.tokens
    kind = watch.fault(content, names_of(model, route.served_as))
    if kind is not None or tokens is None or watch.model is None or watch.first_token_s is None:
        cost = None if tokens is None else route.price.of(*tokens)
        raise RouteFailedError(f"the model's answer cannot be used: {kind}", kind or "empty", cost_usd=cost)
    return Completion(content, watch.model, *tokens, route.price.of(*tokens), watch.first_token_s * 1_000)


def _reply(quotes: Sequence[Sentence], support: float) -> Reply:
    citations = tuple(Citation(one.passage_id, one.text) for one in quotes)
    return Reply(" ".join(one.quote for one in citations), not citations, citations, support)


def _completion(response: litellm.ModelResponse) -> Completion:
    content, usage = response.choices[0].message.content, getattr(response, "usage", None)
    cost = response._hidden_params.get("response_cost")  # noqa: SLF001 - where LiteLLM puts the price it worked out
    if not isinstance(content, str) or usage is None or not isinstance(cost, int | float):
        raise RouteFailedError("the model's answer has no content, no token count or no price")
    return Completion(content, str(response.model), usage.prompt_tokens, usage.completion_tokens, float(cost))


def _priced(price: Price, provider: str) -> dict[str, object]:
    return {
        "input_cost_per_token": price.input / _MILLION,
        "output_cost_per_token": price.output / _MILLION,
        "cache_creation_input_token_cost": 0.0,
        "cache_read_input_token_cost": 0.0,
        "litellm_provider": provider,
        "mode": "chat",
    }

"""A provider's stream, looked at before LiteLLM rewrites it.

LiteLLM 1.106 puts the name of the model that was asked over the name of the one that answered, estimates token counts
that the provider did not send, and lets a body that is no stream at all pass for an empty one that came to its end. So
the raw chunks are watched on their way into it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, Protocol, runtime_checkable

import httpx
import openai

from system_under_test.routing.clock import Clock
from system_under_test.routing.errors import FaultKind
from system_under_test.routing.routes import Timeouts

_CHARACTERS: Final = 64_000
"""No agreed reply is as long; a provider that goes on for ever is cut off."""
_FINISHED: Final = frozenset({"stop", "content_filter", "length"})


class _Usage(Protocol):
    prompt_tokens: int
    completion_tokens: int


class _Delta(Protocol):
    content: str | None


class _Choice(Protocol):
    @property
    def finish_reason(self) -> str | None: ...

    @property
    def delta(self) -> _Delta | None: ...


@runtime_checkable
class _Chunk(Protocol):
    """What a chunk of the openai package and LiteLLM's `ModelResponseStream` have in common.

    The filler that LiteLLM makes of a blank line or an unknown event is a mapping and has none of it.
    """

    @property
    def model(self) -> str | None: ...

    @property
    def choices(self) -> Sequence[_Choice]: ...


class Watch:
    """Hands the chunks on and remembers what they say. Raises TimeoutError when the time is up."""

    def __init__(self, raw: Iterator[object], timeouts: Timeouts, started_s: float, clock: Clock) -> None:
        self._raw = raw
        self._clock = clock
        self._started_s = started_s
        self._timeouts = timeouts
        self._characters = 0
        self.broken: FaultKind | None = None
        """Why it did not come to its end."""
        self.first_token_s: float | None = None
        """From the request to the first piece of text."""
        self.model: str | None = None
        """The model's name for itself."""
        self.finish: str | None = None
        self.tokens: tuple[int, int] | None = None
        """Read and written, as the provider counted them at the end. Anthropic counts at the beginning too."""

    def __iter__(self) -> Iterator[object]:
        """Itself."""
        return self

    def __next__(self) -> object:
        """The next chunk."""
        try:
            chunk = next(self._raw)
        except StopIteration:
            raise
        except Exception as fault:
            self.broken = _why(fault)
            raise
        if isinstance(chunk, _Chunk):
            self._look(chunk)
        self._in_time()
        return chunk

    def close(self) -> None:
        """Let go of the connection."""
        close = getattr(self._raw, "close", None)
        if callable(close):
            close()

    def fault(self, content: str, expected: re.Pattern[str]) -> FaultKind | None:
        """What is wrong with a stream that came to its end, or None. `expected` matches the names of the model."""
        if self.finish is None:
            return "malformed" if self.model is None or self.first_token_s is None else "interrupted"
        if self.finish not in _FINISHED:
            return "malformed"
        if self.model is None or not expected.fullmatch(self.model):
            return "wrong_model"
        if self.finish != "stop":
            return "content_filter" if self.finish == "content_filter" else "cut_off"
        if self.tokens is None:
            return "no_usage"
        return None if content.strip() else "empty"

    def _look(self, chunk: _Chunk) -> None:
        self.model = chunk.model or self.model
        for choice in chunk.choices:
            self.finish = choice.finish_reason or self.finish
            text = choice.delta.content if choice.delta is not None else None
            if text:
                self._characters += len(text)
                if self.first_token_s is None:
                    self.first_token_s = self._clock.monotonic() - self._started_s
        usage: _Usage | None = getattr(chunk, "usage", None)
        at_end = self.finish is not None or not chunk.choices
        if usage is not None and at_end and usage.prompt_tokens >= 0 and usage.completion_tokens >= 0:
            self.tokens = usage.prompt_tokens, usage.completion_tokens

    def _in_time(self) -> None:
        spent_s = self._clock.monotonic() - self._started_s
        silent = self.first_token_s is None and spent_s > self._timeouts.first_token_s
        if silent or spent_s > self._timeouts.total_s:
            self.broken = "timeout"
            raise TimeoutError
        if self._characters > _CHARACTERS:
            self.broken = "cut_off"
            raise OverflowError


def names_of(model: str, served_as: tuple[str, ...]) -> re.Pattern[str]:
    """The names under which a model may answer: its own, a dated snapshot's (`name-2026-01-31`), and those declared."""
    bare = model.split("/", 1)[-1]
    alternatives = (rf"{re.escape(bare)}(?:-\d{{4}}-?\d\d-?\d\d)?", re.escape(model), *map(re.escape, served_as))
    return re.compile("|".join(alternatives))


def _why(fault: Exception) -> FaultKind:
    if isinstance(fault, httpx.TimeoutException | openai.APITimeoutError | TimeoutError):
        return "timeout"
    if isinstance(fault, ValueError) or isinstance(fault.__context__, ValueError):
        return "malformed"
    told = isinstance(fault, openai.APIError) or isinstance(getattr(fault, "status_code", None), int)
    return "server_error" if told else "interrupted"

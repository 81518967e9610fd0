"""What a request brings, read within its limits: the size of its head, and its body, parsed strictly."""

import asyncio
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from system_under_test.config import Limits
from system_under_test.strict_json import StrictJsonError, parse

_KNOWN: Final = frozenset({"question", "route", "fallback", "top_k", "conversation_id"})
_NAME_CHARACTERS: Final = 128
_LENGTH_DIGITS: Final = 18


class BadRequestError(Exception):
    """The body is not one this system answers. Each code has one message, which quotes nothing of the body."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class TooLargeError(Exception):
    """The body is over the limit."""


class HeadTooLargeError(Exception):
    """The address and the headers together are over the limit."""


class SlowBodyError(Exception):
    """The body did not arrive in time."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as it was asked. It says nothing about who asks: that is in the token alone."""

    question: str
    route: str | None
    top_k: int
    conversation_id: str | None
    fallback: bool = False
    """Whether another route may stand in for the one that is named."""


def refuse_large_head(request: Request, limits: Limits) -> None:
    """Raises HeadTooLargeError. Nothing of the head has been decoded by then."""
    address = len(request.scope.get("raw_path") or b"") + len(request.scope.get("query_string", b""))
    if address + sum(len(name) + len(value) for name, value in request.headers.raw) > limits.head_bytes:
        raise HeadTooLargeError


async def read_ask(request: Request, limits: Limits) -> Ask:
    """The question in a request's body. Raises what `read_body` raises, or BadRequestError."""
    return parse_ask(await read_body(request, limits.body_bytes, limits.body_seconds), limits)


async def read_body(request: Request, most_bytes: int, most_seconds: float) -> bytes:
    """The body, counted while it is read; a declared length over the limit is refused before.

    Raises TooLargeError or SlowBodyError.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > _LENGTH_DIGITS or int(declared) > most_bytes):
        raise TooLargeError
    body = bytearray()
    try:
        async with asyncio.timeout(most_seconds):
            async for piece in request.stream():
                body += piece
                if len(body) > most_bytes:
                    raise TooLargeError
    except TimeoutError:
        raise SlowBodyError from None
    return bytes(body)


def parse_ask(body: bytes, limits: Limits) -> Ask:
    """The question in a body. Raises BadRequestError for anything but the agreed members and types."""
    members = parse_object(body)
    if not members.keys() <= _KNOWN:
        raise BadRequestError("the body has an unknown member", code="unknown_member")
    if "question" not in members:
        raise BadRequestError("question is missing", code="question_missing")
    return Ask(
        question=_question(members["question"], limits.question_characters),
        route=_name(members["route"], "route") if "route" in members else None,
        top_k=_top_k(members["top_k"], limits.top_k) if "top_k" in members else limits.default_top_k,
        conversation_id=_name(members["conversation_id"], "conversation_id") if "conversation_id" in members else None,
        fallback=_flag(members["fallback"], "fallback") if "fallback" in members else False,
    )


def parse_object(body: bytes) -> dict[str, object]:
    """The members of a body that is one strict JSON object. Raises BadRequestError."""
    try:
        members = parse(body)
    except StrictJsonError:
        members = None
    if not isinstance(members, dict):
        raise BadRequestError(
            "the body must be one JSON object in UTF-8, without duplicate members, NaN or deep nesting",
            code="body_not_json",
        )
    return members


def _question(value: object, characters: int) -> str:
    if (
        not isinstance(value, str)
        or not value.strip()
        or len(value) > characters
        or any("\ud800" <= character <= "\udfff" for character in value)
    ):
        raise BadRequestError(
            f"question must be a Unicode text of 1 to {characters} characters, not blank", code="question_wrong"
        )
    return value


def _flag(value: object, member: str) -> bool:
    if not isinstance(value, bool):
        raise BadRequestError(f"{member} must be true or false", code=f"{member}_wrong")
    return value


def _name(value: object, member: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _NAME_CHARACTERS or not value.isprintable():
        raise BadRequestError(
            f"{member} must be a printable text of 1 to {_NAME_CHARACTERS} characters", code=f"{member}_wrong"
        )
    return value


def _top_k(value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise BadRequestError(f"top_k must be an integer from 1 to {most}", code="top_k_wrong")
    return value

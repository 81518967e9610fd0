"""The body of a request, read within its limit and parsed strictly."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from system_under_test.config import Limits
from system_under_test.strict_json import StrictJsonError, parse

_KNOWN: Final = frozenset({"question", "route", "top_k", "conversation_id"})
_NAME_CHARACTERS: Final = 128


class BadRequestError(Exception):
    """The body is not one this system answers. The message names the member and quotes nothing of it."""


class TooLargeError(Exception):
    """The body is over the limit."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question as it was asked. It says nothing about who asks: that is in the token alone."""

    question: str
    route: str | None
    top_k: int
    conversation_id: str | None


async def read_ask(request: Request, limits: Limits) -> Ask:
    """The question in a request's body. Raises TooLargeError or BadRequestError."""
    return parse_ask(await _body(request, limits.body_bytes), limits)


def parse_ask(body: bytes, limits: Limits) -> Ask:
    """The question in a body. Raises BadRequestError for anything but the agreed members and types."""
    try:
        members = parse(body)
    except StrictJsonError as fault:
        raise BadRequestError(f"the body is refused: {fault}") from None
    if not isinstance(members, dict):
        raise BadRequestError("the body must be a JSON object")
    if not members.keys() <= _KNOWN:
        raise BadRequestError("the body has an unknown member")
    if "question" not in members:
        raise BadRequestError("question is missing")
    return Ask(
        question=_question(members["question"], limits.question_characters),
        route=_name(members["route"], "route") if "route" in members else None,
        top_k=_top_k(members["top_k"], limits.top_k) if "top_k" in members else limits.default_top_k,
        conversation_id=_name(members["conversation_id"], "conversation_id") if "conversation_id" in members else None,
    )


async def _body(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise TooLargeError
    return bytes(body)


def _question(value: object, characters: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > characters:
        raise BadRequestError(f"question must be a text of 1 to {characters} characters")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise BadRequestError("question holds half of a surrogate pair")
    return value


def _name(value: object, member: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _NAME_CHARACTERS or not value.isprintable():
        raise BadRequestError(f"{member} must be a printable text of 1 to {_NAME_CHARACTERS} characters")
    return value


def _top_k(value: object, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise BadRequestError(f"top_k must be an integer from 1 to {most}")
    return value

"""A small real RAG service for tests: strict tokens, a tenant filter, retrieval by shared words, JSON over ASGI.

Each factory below is the same service with one thing different, so that a test can see the gate notice it.
"""

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from small_tokens import CLASSES, RefusedError, StrictVerifier
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

KILL_AFTER = "SMALL_SYSTEM_KILL_AFTER"
"""After so many answers the process is sent a signal, SIGKILL as a machine that is taken away would."""
KILL_WITH = "SMALL_SYSTEM_KILL_WITH"


class Service:
    """Documents, who may see them, and the words that find them."""

    def __init__(
        self,
        setup: Mapping[str, Any],
        *,
        filtered: bool = True,
        tells: bool = False,
        without: Sequence[str] = (),
        patience: int = 1_000_000,
    ) -> None:
        """`tells`: a refusal says why. `without`: the checks of a token that are left out.

        `patience`: after so many refusals everybody is refused.
        """
        lines = Path(setup["documents"]).read_text(encoding="utf-8").splitlines()
        self.documents = [json.loads(line) for line in lines]
        tenants = frozenset(item["tenant"] for item in self.documents)
        self.verifier = StrictVerifier(setup["issuers"][0], tenants, without)
        self.filtered = filtered
        self.tells = tells
        self.patience = patience
        self.answered = 0
        self.asked_for_release = 0

    def asking(self, headers: Sequence[str], query: Mapping[str, str]) -> Mapping[str, Any]:
        """Who asks. Raises RefusedError."""
        if self.patience <= 0:
            raise RefusedError("patience")
        return self.verifier.authorised(headers, query)

    def reply(self, question: str, top_k: int, who: Mapping[str, Any]) -> dict[str, Any]:
        """The contract's reply: passages by shared words, and the best passage as the answer."""
        seen = [item for item in self.documents if self._may_see(item, who)]
        wanted = _words(question)
        scored = sorted(((len(wanted & _words(item["title"] + " " + item["text"])), item["id"]) for item in seen),
                        key=lambda pair: (-pair[0], pair[1]))[:top_k]  # fmt: skip
        by_id = {item["id"]: item for item in seen}
        passages = [_passage(rank, by_id[name]) for rank, (_, name) in enumerate(scored, 1)]
        refused = not scored or scored[0][0] < 3
        return {
            "answer": "I cannot answer that." if refused else passages[0]["text"],
            "refused": refused,
            "citations": [] if refused else [{"passage_id": passages[0]["id"]}],
            "passages": passages,
            "route": {"name": "only", "model": "words", "reason": "there is one"},
            "usage": {"input_tokens": len(question.split()), "output_tokens": 1, "cost_usd": 0.0},
            "timings_ms": {"total": 1.0},
            "audit": {"record_id": "r-1"},
        }

    def _may_see(self, item: Mapping[str, Any], who: Mapping[str, Any]) -> bool:
        if not self.filtered:
            return True
        groups = set(who["groups"])
        cleared = CLASSES.index(who["clearance"]) >= CLASSES.index(item["classification"])
        return item["tenant"] == who["tenant"] and bool(groups & set(item["allow_groups"])) and cleared


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9]+", text.lower()) if len(word) > 2}


def _passage(rank: int, item: Mapping[str, Any]) -> dict[str, Any]:
    source = {"document_id": item["id"], "uri": item["uri"], "title": item["title"], "version": item["version"]}
    return {"id": f"{item['id']}#1", "rank": rank, "text": item["text"], "tenant": item["tenant"], "source": source}


Ask = Callable[[Service, Request], Any]


async def _ask(service: Service, request: Request) -> Response:
    try:
        who = service.asking(request.headers.getlist("authorization"), request.query_params)
    except RefusedError as fault:
        service.patience -= 1
        return JSONResponse({"error": str(fault) if service.tells else "no"}, status_code=401)
    body = await request.json()
    service.answered += 1
    if service.answered > int(os.environ.get(KILL_AFTER, "1000000")):
        os.kill(os.getpid(), signal.Signals[os.environ.get(KILL_WITH, "SIGKILL")])
    return JSONResponse(service.reply(body["question"], body["top_k"], who))


def application(service: Service, ask: Ask = _ask, release: Callable[[Service], Any] | None = None) -> Starlette:
    """The service behind its two addresses."""

    async def answer(request: Request) -> Response:
        reply: Response = await ask(service, request)
        return reply

    async def described(request: Request) -> Response:
        service.asked_for_release += 1
        return JSONResponse(release(service) if release else {"name": "small", "version": "1"})

    return Starlette(
        routes=[Route("/v1/answer", answer, methods=["POST"]), Route("/v1/release", described, methods=["GET"])]
    )


def honest(setup: Mapping[str, Any]) -> Starlette:
    """The service as it should be."""
    return application(Service(setup))


def leaky(setup: Mapping[str, Any]) -> Starlette:
    """Without the filter: every tenant sees every document."""
    return application(Service(setup, filtered=False))


def changing(setup: Mapping[str, Any]) -> Starlette:
    """Names another release each time that it is asked."""
    return application(Service(setup), release=lambda service: {"name": "small", "build": service.asked_for_release})


def broken(setup: Mapping[str, Any]) -> Starlette:
    """Answers nothing: every ask raises."""

    async def ask(service: Service, request: Request) -> Response:
        raise RuntimeError("the index is gone")

    return application(Service(setup), ask)


def broken_for_the_forbidden(setup: Mapping[str, Any]) -> Starlette:
    """Breaks wherever a colleague asks for what they may not see, and so shows nothing."""

    async def ask(service: Service, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if service.verifier.claims(token)["clearance"] == "public":
            raise RuntimeError("no access list for this group")
        return await _ask(service, request)

    return application(Service(setup), ask)


def credulous(setup: Mapping[str, Any]) -> Starlette:
    """Believes every token, and answers as if it were a right one of the first tenant."""

    async def ask(service: Service, request: Request) -> Response:
        body = await request.json()
        first = service.documents[0]
        who = {"tenant": first["tenant"], "groups": first["allow_groups"], "clearance": "restricted"}
        return JSONResponse(service.reply(body["question"], body["top_k"], who))

    return application(Service(setup), ask)


def leaving(setup: Mapping[str, Any]) -> Starlette:
    """Ends the process with code 0 when it is asked: a crash that would look like success."""

    async def ask(service: Service, request: Request) -> Response:
        sys.exit(0)

    return application(Service(setup), ask)


def unstartable(setup: Mapping[str, Any]) -> Starlette:
    """Does not start."""
    raise RuntimeError("no model is there")

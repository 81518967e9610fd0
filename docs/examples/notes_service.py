"""A system that is not ours: notes in memory, found by rare words, and taken in through an endpoint of its own.

Usage: python docs/examples/notes_service.py JWKS PORT
"""

import math
import re
import secrets
import sys
from pathlib import Path

import jwt
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

KEY = jwt.PyJWKSet.from_json(Path(sys.argv[1]).read_text(encoding="utf-8")).keys[0]
CLASSES = ("public", "internal", "confidential", "restricted")
NOTES = {}
"""Every note by tenant and name."""


def caller_of(request):
    """Who asks, or None where the token does not say."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        return jwt.decode(token, KEY, ["ES256"], issuer="https://issuer.harness.example", audience="rag-gateway")
    except jwt.InvalidTokenError:
        return None


def visible(caller):
    """The notes of the caller's tenant that the caller may see."""
    groups = set(caller["groups"])
    return [
        note
        for (tenant, _), note in NOTES.items()
        if tenant == caller["tenant"]
        and groups & set(note["readers"])
        and not groups & set(note["barred"])
        and CLASSES.index(caller["clearance"]) >= CLASSES.index(note["level"])
    ]


def words(text):
    """The words of a text, without case."""
    return set(re.findall(r"\w+", text.lower()))


async def answer(request):
    """POST /v1/answer: the best notes, and the best one's text as the answer."""
    caller = caller_of(request)
    if caller is None:
        return JSONResponse({"error": "who are you?"}, 401)
    body = await request.json()
    own = visible(caller)
    spread = {word: sum(word in note["words"] for note in own) for word in words(body["question"])}

    def score(note):
        return sum(math.log(1 + len(own) / spread[word]) for word in spread if word in note["words"])

    best = sorted(own, key=lambda note: (-score(note), note["name"]))[: body["top_k"]]
    passages = [
        {"id": note["name"], "rank": rank, "text": note["text"], "tenant": caller["tenant"],
         "source": {"document_id": note["name"], "uri": note["link"]}}
        for rank, note in enumerate(best, 1)
    ]  # fmt: skip
    return JSONResponse({"answer": best[0]["text"] if best else "", "refused": not best, "passages": passages})


async def opened(request):
    """GET /v1/documents/{id}: one note; absent, foreign and forbidden look the same."""
    caller = caller_of(request)
    found = [note for note in visible(caller) if note["name"] == request.path_params["name"]] if caller else []
    if not found:
        return JSONResponse({"error": "no such note", "request_id": secrets.token_hex(16)}, 404 if caller else 401)
    return JSONResponse({"title": found[0]["name"], "text": found[0]["text"]})


async def taken_in(request):
    """POST and DELETE /import: this system's own way of taking notes in, for members of `document-admins`."""
    caller = caller_of(request)
    if caller is None or "document-admins" not in caller["groups"]:
        return JSONResponse({"error": "not you"}, 403)
    note = await request.json()
    place = (caller["tenant"], note["name"])
    if request.method == "DELETE":
        NOTES.pop(place, None)
    else:
        NOTES[place] = {**note, "words": words(note["text"])}
    return JSONResponse({"notes": len(NOTES)})


app = Starlette(
    routes=[
        Route("/v1/answer", answer, methods=["POST"]),
        Route("/v1/documents/{name:path}", opened, methods=["GET"]),
        Route("/import", taken_in, methods=["POST", "DELETE"]),
    ]
)
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")

"""A whole system as one Python function: word overlap over the documents that the caller may see."""

import json
import re
from pathlib import Path

import jwt

DOCUMENTS = [json.loads(line) for line in Path("planted/documents.jsonl").read_text(encoding="utf-8").splitlines()]
KEY = jwt.PyJWKSet.from_json(Path("identity/jwks.json").read_text(encoding="utf-8")).keys[0]
ISSUER, AUDIENCE = "https://issuer.harness.example", "rag-gateway"
CLASSES = ("public", "internal", "confidential", "restricted")
RELEASE = {"name": "my-system", "version": "0.1.0"}


def ask(request):
    """One ask: {verb, token, question, top_k, route?} in, the reply of the contract out."""
    try:
        caller = jwt.decode(request["token"], KEY, ["ES256"], issuer=ISSUER, audience=AUDIENCE)
    except jwt.InvalidTokenError as fault:
        raise PermissionError from fault  # counts as HTTP 403
    wanted = words(request["question"])
    allowed = [document for document in DOCUMENTS if may_see(caller, document)]
    best = sorted(allowed, key=lambda document: -len(wanted & words(document["text"])))[: request["top_k"]]
    passages = [
        {"id": item["id"], "rank": rank, "text": item["text"], "tenant": item["tenant"],
         "source": {"document_id": item["id"]}}
        for rank, item in enumerate(best, 1)
    ]  # fmt: skip
    first = best[0]
    return {
        "answer": first["text"],
        "refused": False,
        "citations": [{"passage_id": first["id"]}],
        "passages": passages,
    }


def may_see(caller, document):
    """Same tenant, an allowed group, no denied one, and a clearance that reaches the class."""
    groups = set(caller["groups"])
    return (
        caller["tenant"] == document["tenant"]
        and bool(groups & set(document["allow_groups"]))
        and not groups & set(document["deny_groups"])
        and CLASSES.index(caller["clearance"]) >= CLASSES.index(document["classification"])
    )


def words(text):
    """The words of a text, without case."""
    return set(re.findall(r"\w+", text.lower()))

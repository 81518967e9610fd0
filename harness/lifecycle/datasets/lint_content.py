"""Lint of what is written: secrets, real-looking hosts and addresses, names with characters that look like others."""

import re
from collections.abc import Iterator

from harness.errors import Place
from harness.lifecycle.datasets.findings import Finding, Inspected

_SECRETS = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a cloud access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a forge token", re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b")),
    ("a chat token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("a model provider's key", re.compile(r"\bsk-[A-Za-z0-9_-]{20,}")),
    ("a signed token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.")),
    (
        "a password or key with its value",
        re.compile(r"(?i)\b(?:password|passwd|secret|api[_-]?key|token)\s*[:=]\s*['\"]?(?=[^\s'\"]*\d)[^\s'\"]{8,}"),
    ),
)
_HOST = re.compile(r"(?:https?://(?:[^\s/@]*@)?|[\w.+-]@|\bwww\.)((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,63})")
_RESERVED = re.compile(r"(?:^|\.)(?:example|test|invalid|localhost|example\.(?:com|net|org))$", re.IGNORECASE)
"""RFC 2606 and RFC 6761: names that belong to nobody."""


def content_findings(seen: Inspected) -> Iterator[Finding]:
    """Notes on secrets and hosts in documents and questions, errors on names that are not ASCII."""
    for document in seen.golden.corpus.documents:
        text = f"{document.uri}\n{document.title}\n{document.text}"
        yield from _secrets_and_hosts(seen.document_places[document.id], document.id, text)
    for case in seen.written:
        yield from _secrets_and_hosts(seen.case_places[case.id], case.id, case.question)
    for place, name in _names(seen):
        if not name.isascii():
            message = f"the name {name!a} is not ASCII; a look-alike would allow or deny in silence"
            yield Finding("error", place, "name-not-ascii", message)


def _secrets_and_hosts(place: Place, name: str, text: str) -> Iterator[Finding]:
    """The message never repeats what looks like a secret."""
    for what, pattern in _SECRETS:
        if pattern.search(text):
            yield Finding("note", place, "secret", f"{name}: something that looks like {what}")
    for host in sorted({found.lower() for found in _HOST.findall(text)}):
        if not _RESERVED.search(host):
            yield Finding("note", place, "real-host", f"{name}: {host} is not a name under .example")


def _names(seen: Inspected) -> Iterator[tuple[Place, str]]:
    """Every name that is compared and that the reader does not hold to ASCII itself, as it does ids."""
    for document in seen.golden.corpus.documents:
        for name in (document.owner, *document.allow_groups, *document.deny_groups):
            yield seen.document_places[document.id], name
    for who in seen.golden.principals:
        for name in (who.subject, *who.groups):
            yield Place(f"{seen.folder}/principals.jsonl"), name
    for case in seen.written:
        for name in (case.cluster, *case.tags):
            yield seen.case_places[case.id], name

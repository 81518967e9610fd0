"""The exception tree of the reference system.

::

    ReferenceSystemError
    |-- DocumentError       a line of documents.jsonl cannot be used; names file and line
    |-- DocumentRefused     a document that was handed in cannot be used; names the member, quotes nothing
    |-- StoreError          the store of documents is damaged, unwritable, or of another corpus
    |-- ScopeError          a scope would be empty or malformed; nothing is retrieved
    |-- AccessViolation     an index returned what its scope does not admit; nothing is served
    |-- RequestError        a retrieval was asked with a value outside its range
    |-- ModelError          the embedding model is missing, altered or unusable
    |-- VectorCacheError    the shipped vectors cannot be read
    `-- IndexFault          the index engine failed or holds other data than it should

No message holds a question, a passage, a token or a secret.
"""

from pathlib import Path


class ReferenceSystemError(Exception):
    """Base of every error that the reference system raises on purpose."""


class DocumentError(ReferenceSystemError):
    """A line of a documents file cannot be used."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


class DocumentRefused(ReferenceSystemError):  # noqa: N818 - names what happened to the document
    """A document that was handed in cannot be used."""

    def __init__(self, member: str | None, reason: str) -> None:
        """`member` is the one at fault, None for one that is not known. Neither quotes what a member holds."""
        super().__init__(reason)
        self.member = member


class StoreError(ReferenceSystemError):
    """The store of documents is damaged, cannot be written, or was begun from another corpus."""


class ScopeError(ReferenceSystemError):
    """A scope would be empty or malformed. An empty scope must never become an empty filter."""


class AccessViolation(ReferenceSystemError):  # noqa: N818 - names the security event, not a programming fault
    """The index returned a passage that the scope does not admit."""


class RequestError(ReferenceSystemError):
    """A retrieval was asked with a value outside its range."""


class ModelError(ReferenceSystemError):
    """The embedding model is missing, altered or unusable."""


class VectorCacheError(ReferenceSystemError):
    """The vectors shipped with the package cannot be read."""


class IndexFault(ReferenceSystemError):  # noqa: N818 - `IndexError` is Python's own and means something else
    """The index engine failed, or holds other data than it should."""

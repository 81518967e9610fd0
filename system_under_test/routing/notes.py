"""What is worked out of a passage once, and kept for as long as that passage is served.

A note hangs on its passage alone. So no question is kept; a document that is changed or deleted takes its notes along;
and what one tenant asks makes no other tenant's question quicker, not even one in the same words.
"""

from collections.abc import Callable
from typing import Final
from weakref import WeakKeyDictionary

from system_under_test.nouns import Passage
from system_under_test.routing.terms import count_tokens, terms

MOST: Final = 4_096
"""Passages of one tenant with notes, some 3 KB each. Beyond it that tenant's notes begin anew."""


class Notes:
    """The notes on passages, apart for each tenant. Callable from several threads at once.

    Two threads may work the same note out, and then it is the same note.
    """

    def __init__(self, most: int = MOST, terms_in: Callable[[str], tuple[str, ...]] = terms) -> None:
        self._most = most
        self._terms_in = terms_in
        self._of: dict[str, WeakKeyDictionary[Passage, _Note]] = {}

    def terms(self, passage: Passage, text: str) -> tuple[str, ...]:
        """The terms of a text that stands in the passage, or above it."""
        note = self._on(passage)
        found = note.terms.get(text)
        if found is None:
            found = note.terms[text] = self._terms_in(text)
        return found

    def tokens(self, passage: Passage) -> int:
        """The tokens of the passage's text."""
        note = self._on(passage)
        if note.tokens is None:
            note.tokens = count_tokens(passage.text)
        return note.tokens

    def held(self, tenant: str) -> int:
        """The passages of the tenant that there are notes on."""
        return len(self._of.get(tenant, ()))

    def _on(self, passage: Passage) -> "_Note":
        own = self._of.setdefault(passage.document.tenant, WeakKeyDictionary())
        note = own.get(passage)
        if note is None:
            if len(own) >= self._most:
                own.clear()
            note = own[passage] = _Note()
        return note


class _Note:
    """What is known of one passage."""

    __slots__ = ("terms", "tokens")

    def __init__(self) -> None:
        self.terms: dict[str, tuple[str, ...]] = {}
        self.tokens: int | None = None


NOTES: Final = Notes()
"""Those of this process. A passage is one object of the library that serves it, which is what makes notes last."""

"""Text that may be shown: without canary markers, without control characters, of bounded length.

Everything that a report prints of cases, checks and replies goes through a `Redaction`. It does not escape for HTML,
Markdown or XML: each surface does that for itself.
"""

import re
import unicodedata
from dataclasses import dataclass

from harness.domain.digest import digest_of_bytes
from harness.domain.runs import Record

LONGEST_LINE = 2_000
"""Characters of any one text in a report."""

_SPACES = re.compile(r"[\t\n\r\f\v ]+")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_DOCUMENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/#@-]{0,119}")
_SPELT_OUT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are written as escapes: they move the cursor, reorder the line or cannot be encoded."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Takes out of a text what no report may hold. Made for one record by `redaction_of`."""

    markers: tuple[tuple[str, str], ...]
    """Folded marker and id of every canary of the run."""

    def line(self, text: str, limit: int = LONGEST_LINE) -> str:
        """The text on one line, control characters spelt out, cut at `limit`; withheld whole where it holds a marker.

        A text is withheld whole because a marker may be folded or split in it in ways that cannot be cut out safely.
        Markers are seen whatever their case and separators, and reversed; encoded ones are not.
        """
        canary = self._canary_in(text)
        if canary:
            return f"[withheld: it holds the marker of canary {canary}]"
        return clip(spelt_out(_SPACES.sub(" ", text).strip()), limit)

    def document_id(self, text: str) -> str:
        """An id that a target gave, where it looks like one; else its sha256, since an id can carry any text."""
        if _DOCUMENT_ID.fullmatch(text) and not self._canary_in(text):
            return text
        return f"[an id that is not shown, sha256 {digest_of_bytes(text.encode('utf-8', 'surrogatepass'))[:12]}]"

    def named(self, canary: str) -> str:
        """The id of a canary, unless it holds a marker itself."""
        return self._canary_in(canary) or canary

    def _canary_in(self, text: str) -> str:
        """The id of a canary whose marker stands in the text, or the empty string."""
        if not self.markers:
            return ""
        folded = _folded(text)
        backwards = folded[::-1]
        return next((canary for marker, canary in self.markers if marker in folded or marker in backwards), "")


def redaction_of(record: Record) -> Redaction:
    """The redaction that knows every canary of the run."""
    canaries = {canary.marker: canary.id for ask in record.asks for canary in ask.case.canaries}
    folded = sorted((_folded(marker), name) for marker, name in canaries.items())
    markers = [(marker, name) for marker, name in folded if marker]
    unnamed = Redaction(tuple((marker, "(its id holds one too)") for marker, _ in markers))
    return Redaction(tuple((marker, unnamed.named(name)) for marker, name in markers))


def spelt_out(text: str) -> str:
    """The text with every control, format, surrogate and unassigned character written as a backslash, u and {hex}."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"\\u{{{ord(sign):x}}}" if unicodedata.category(sign) in _SPELT_OUT else sign for sign in text)


def clip(text: str, limit: int) -> str:
    """The text, or its beginning and three dots, in at most `limit` characters."""
    return text if len(text) <= limit else text[: max(limit - 3, 0)].rstrip() + "..."


def _folded(text: str) -> str:
    """NFKC, case folded, letters and digits only: what a reader would take for the same marker."""
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", text).casefold())

"""Documents and the golden sets whose judgments are bound to them."""

from dataclasses import dataclass

from harness.domain.cases import Case, Principal


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one document of one tenant, as a target is asked to take it in."""

    id: str
    tenant: str
    title: str
    text: str
    uri: str
    version: str
    valid_from: str
    """ISO date, or the empty string where the source gives none."""
    supersedes: str | None
    owner: str
    classification: str
    allow_groups: tuple[str, ...]
    deny_groups: tuple[str, ...]
    valid_until: str = ""
    """The last day on which it is served, as an ISO date; the empty string for no end."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents that judgments are bound to."""

    documents: tuple[Document, ...]
    digest: str
    """sha256 over the canonical JSON of the documents in order of id."""

    @property
    def tenants(self) -> tuple[str, ...]:
        """The tenants that own a document, sorted."""
        return tuple(sorted({document.tenant for document in self.documents}))


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """A named, versioned, digest-pinned list of cases with judgments."""

    name: str
    version: str
    digest: str
    """sha256 over the canonical JSON of principals, cases and the corpus digest."""
    corpus: Corpus
    principals: tuple[Principal, ...]
    cases: tuple[Case, ...]

"""What a run changes in the target's corpus between its asks, and how it is undone."""

from collections.abc import Callable, Iterable, Sequence

from harness.domain.corpus import Document
from harness.domain.observations import Failure
from harness.domain.stages import Change
from harness.errors import TargetError
from harness.execute.talk import Talk
from harness.targets.target import Target

TIMEOUT_S = 60.0
"""For one change: a document is split and embedded before it is confirmed."""


class Corpus:
    """The corpus that the target holds, as far as this run changed it."""

    def __init__(self, documents: Sequence[Document], target: Target, token_of: Callable[[str], str]) -> None:
        """`documents` is what the target was given; `token_of` gives a token that may change a tenant's documents."""
        self._given = {_name(document): document for document in documents}
        self._target = target
        self._token_of = token_of
        self._touched: dict[tuple[str, str], Document] = {}
        self.fault: Failure | None = None
        """Why the corpus is not what the next ask needs; None where every change was confirmed."""

    async def make(self, changes: Iterable[Change]) -> None:
        """Make the changes in their order. After one that is not confirmed no other is made, until all is restored."""
        if self.fault is not None:
            return
        for change in changes:
            name = _name(change.document)
            self._touched[name] = change.document
            self.fault = await self._fault_of(change)
            if self.fault is not None:
                return
            if self._given.get(name) == (change.document if change.action == "put" else None):
                del self._touched[name]

    async def restore(self, others: Iterable[Change]) -> None:
        """Bring back what the target was given, wherever this run, or `others` in a run before, changed it.

        All of it is tried, also after a change that was not confirmed. Where it succeeds the corpus is what it was, and
        what comes next can be asked.
        """
        for change in others:
            self._touched[_name(change.document)] = change.document
        self.fault = None
        for name, document in list(self._touched.items()):
            given = self._given.get(name)
            if fault := await self._fault_of(Change("put", given) if given else Change("delete", document)):
                self.fault = self.fault or fault
            else:
                del self._touched[name]

    async def _fault_of(self, change: Change) -> Failure | None:
        """Why the change was not confirmed; None where it was."""
        reply = await self._target.change(change, self._token_of(change.document.tenant), TIMEOUT_S)
        absent = change.action == "delete" and reply.status == 404
        if reply.fault is None and (200 <= reply.status < 300 or absent):
            return None
        cause = f"{reply.fault.kind}: {reply.fault.message}" if reply.fault else f"HTTP {reply.status}"
        return Failure("unprepared", f"{change.action} of {change.document.id} was not confirmed: {cause}")


async def fill(documents: Sequence[Document], talk: Talk) -> None:
    """Put a whole corpus into a target that was not handed it. Raises TargetError for the first that is not confirmed.

    It stays there: what was in the target before is not known here, and so cannot be brought back.
    """
    corpus = Corpus((), talk.target, talk.ingestion_token)
    await corpus.make(Change("put", document) for document in documents)
    if corpus.fault is not None:
        raise TargetError(
            f"the target did not take in the corpus: {corpus.fault.message}",
            next_step="check --ingest and --identity: the issuer's tokens must be allowed to put documents",
        )


def _name(document: Document) -> tuple[str, str]:
    """What a document is known by: two tenants may use the same id, and a probe does so on purpose."""
    return document.tenant, document.id

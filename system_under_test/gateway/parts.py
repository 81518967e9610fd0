"""What the application is put together from."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from limits.storage import Storage

from system_under_test.audit.records import Pseudonyms, Record
from system_under_test.config import Limits, Service
from system_under_test.gateway.documents import Documents
from system_under_test.gateway.finished import Watcher
from system_under_test.gateway.verify import Verifier
from system_under_test.routing.evidence import Retrieval
from system_under_test.routing.router import Router
from system_under_test.routing.routes import Routes


class Audit(Protocol):
    """Where records go."""

    def append(self, record: Record) -> Future[None]:
        """Done once the record is durable; fails with AuditError."""
        ...

    def read(self, record_id: str, tenant: str) -> object | None:
        """The tenant's own record, or None."""
        ...

    def close(self) -> None:
        """Write what is waiting and give the file back."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application is put together from. It closes `retrieval` and `audit` when it is closed."""

    verifier: Verifier
    retrieval: Retrieval
    router: Router
    routes: Routes
    audit: Audit
    pseudonyms: Pseudonyms
    release: Mapping[str, object]
    digests: Mapping[str, str]
    limits: Limits
    service: Service = field(default_factory=Service)
    tenants: frozenset[str] = frozenset()
    """The names that metrics may show, where the service settings want them shown."""
    shared_counts: Storage | None = None
    """Where requests are counted, if not by this process alone."""
    tracing: Watcher | None = None
    documents: Documents | None = None
    """What /v1/documents reads and writes; without it there is no such endpoint."""
    index_size: Callable[[], int] | None = None
    """Passages in the index, where retrieval can tell; fails where the index does not answer. Called in a thread."""
    now: Callable[[], float] = time.time
    """Seconds since the epoch, as tokens count them."""

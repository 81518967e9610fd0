"""Every family of probes in stages, by the name that a suite writes. A new one is one line here."""

from collections.abc import Mapping

from harness.domain.suites import ProbeFamily
from harness.probes import (
    audit,
    caches,
    concurrency,
    existence,
    injection,
    lifecycle,
    noninterference,
    overblocking,
    permission,
)
from harness.probes.families import Family

STAGED: Mapping[ProbeFamily, Family] = {
    "audit": audit.FAMILY,
    "lifecycle": lifecycle.FAMILY,
    "noninterference": noninterference.FAMILY,
    "caches": caches.FAMILY,
    "concurrency": concurrency.FAMILY,
    "existence": existence.FAMILY,
    "permission": permission.FAMILY,
    "injection": injection.FAMILY,
    "overblocking": overblocking.FAMILY,
}

"""Every family of probes in stages, by the name that a suite writes. A new one is one line here."""

from collections.abc import Mapping

from harness.domain.suites import ProbeFamily
from harness.probes import lifecycle
from harness.probes.families import Family

STAGED: Mapping[ProbeFamily, Family] = {"lifecycle": lifecycle.FAMILY}

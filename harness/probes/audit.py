"""Audit cases: a question is answered, and its record is asked for at once, by an auditor of the asker's tenant.

They are the golden set's own answerable cases, asked with the verb `record`: the engine reads the record as soon as the
answer is there, so that one which is written later is found missing.
"""

import hashlib
from dataclasses import replace

from harness.probes.families import Family, Given, Script

VERSION = "1"


def script(given: Given) -> Script:
    """As many cases of each tenant as `questions` says, the first in order of the sha256 of their ids."""
    own = [case for case in given.golden_set.cases if case.kind == "answerable"]
    own.sort(key=lambda case: hashlib.sha256(case.id.encode("utf-8")).hexdigest())
    taken = [
        case
        for tenant in sorted({case.principal.tenant for case in own})
        for case in [case for case in own if case.principal.tenant == tenant][: given.plan.questions]
    ]
    return Script(
        tuple(replace(case, id=f"audit.{case.id}", cluster=f"audit.{case.id}", verb="record") for case in taken), ()
    )


FAMILY = Family(VERSION, script)

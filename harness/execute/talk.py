"""Whom the engine talks to, and with which tokens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from harness.domain.cases import Case
from harness.probes.authentication import bait_files, credential_token
from harness.targets.identity import AUDIT_GROUP, INGESTION_GROUP, Wallet, servant
from harness.targets.listener import Listener
from harness.targets.opening import Opened
from harness.targets.target import Target


@dataclass(frozen=True, slots=True)
class Talk:
    """A target, and what is presented to it."""

    target: Target
    token_of: Callable[[Case], str]
    ingestion_token: Callable[[str], str]
    """The token of one who may put and delete the documents of a tenant."""
    auditor_token: Callable[[str], str]
    """The token of one who may read the audit records of a tenant."""
    contacts: Callable[[Case], int] = lambda _: 0
    """How often an address that stands in this case's request alone was called."""


@contextmanager
def talk_with(opened: Opened) -> Iterator[Talk]:
    """Talk with a target that was opened, all tokens signed by its issuer; somebody listens meanwhile who calls."""
    issuer, wallet = opened.issuer, Wallet(opened.issuer)
    with Listener(bait_files(issuer)) as listener:
        yield Talk(
            opened.target,
            token_of=lambda case: credential_token(issuer, wallet, case, listener.address),
            ingestion_token=lambda tenant: wallet.token(servant(tenant, INGESTION_GROUP)),
            auditor_token=lambda tenant: wallet.token(servant(tenant, AUDIT_GROUP)),
            contacts=lambda case: listener.contacts(case.id),
        )

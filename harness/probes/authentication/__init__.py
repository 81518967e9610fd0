"""Authentication probes: bad credentials, each beside a good one of the same principal with the same question.

They are grouped by the one check of a gateway that refuses them, and cases of a group are one cluster: where the check
is missing they are all let in, so they are no independent evidence.

A group has one good twin, and that is sound: the good request of each of its cases would be the very same one (the same
principal, question and headers, a right token), and no refusal can rest on anything but the credential. Each group is a
stage of its own, so its twin is asked right after its bad ones: a target that refuses everybody for a while, or once it
has seen too many bad tokens, is seen by the twin of that group.

All refusals of a token are to look like that of `expired`; those of a malformed request (`request_form`) may differ.
"""

from collections.abc import Callable, Iterator, Mapping

from harness.domain.cases import Case, Extra, Principal
from harness.probes.authentication import claims, header, request_form, signature, stranger
from harness.probes.authentication.material import Maker, Material
from harness.targets.identity import Issuer, Wallet

VERSION = "2"

CHECKS: Mapping[str, Mapping[str, Maker]] = {
    **header.CHECKS,
    **claims.CHECKS,
    **signature.CHECKS,
    **request_form.CHECKS,
}
"""The bad credentials by the check that refuses them."""
CREDENTIALS: Mapping[str, Maker] = {name: maker for makers in CHECKS.values() for name, maker in makers.items()}
"""Every bad credential by name. The empty token stands for a request without an Authorization header."""

bait_files = stranger.files
"""What is served at the addresses that stand in bad tokens."""

_LIKE = "expired"
"""The refusal that the others are to look like."""


def authentication_cases(asker: Principal, question: str) -> Iterator[Case]:
    """One case for each bad credential, and one good twin for each check, by the same principal with one question."""
    for stage, (check, makers) in enumerate(CHECKS.items()):
        good = Case(
            id=f"good.{check}",
            kind="good_credential",
            principal=asker,
            question=question,
            cluster=f"credential.{check}",
            family=f"authentication.{check}",
            stage=stage,
        )
        yield good
        for name in makers:
            yield _bad(name, good, malformed=check in request_form.CHECKS)


def credential_token(issuer: Issuer, wallet: Wallet, case: Case, address: Callable[[str], str]) -> str:
    """The token that the case presents; the empty string stands for none. Bad ones are made afresh each time.

    `address` gives, for the id of a case, an address of the harness that ends in a slash and is this case's alone.
    """
    if case.credential == "valid":
        return wallet.token(case.principal)
    return CREDENTIALS[case.credential](Material(issuer, case.principal, address(case.id)))


def _bad(name: str, good: Case, *, malformed: bool) -> Case:
    return Case(
        id=f"bad.{name}",
        kind="bad_credential",
        principal=good.principal,
        question=good.question,
        cluster=good.cluster,
        family=good.family,
        twin=good.id,
        credential=name,
        stage=good.stage,
        reference="" if malformed or name == _LIKE else f"bad.{_LIKE}",
        extra=request_form.SENT_AS.get(name, Extra()),
        refusable=malformed,
    )

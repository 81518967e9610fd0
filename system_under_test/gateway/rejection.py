"""Why a caller was not let in. The code goes to the audit log; the caller is never told which one it was."""

from typing import Literal

from system_under_test.errors import ReferenceSystemError

Reason = Literal[
    "authorization_missing",
    "authorization_repeated",
    "authorization_malformed",
    "token_too_large",
    "token_malformed",
    "token_ambiguous",
    "header_forbidden",
    "type_wrong",
    "algorithm_forbidden",
    "algorithm_not_of_key",
    "issuer_unknown",
    "key_unknown",
    "signature_wrong",
    "audience_wrong",
    "claim_missing",
    "claim_malformed",
    "time_malformed",
    "token_expired",
    "token_not_yet_valid",
    "token_denied",
    "lifetime_wrong",
    "tenant_malformed",
    "tenant_unknown",
    "groups_malformed",
    "clearance_unknown",
]


class RejectedError(Exception):
    """The token does not prove who is asking.

    `jwks_stale` says whether the issuer's keys should have been renewed and could not be; None: none was looked for.
    """

    def __init__(self, reason: Reason, *, jwks_stale: bool | None = None) -> None:
        super().__init__(reason)
        self.reason: Reason = reason
        self.jwks_stale = jwks_stale


class IdentityUnavailableError(ReferenceSystemError):
    """Whether a token proves somebody cannot be known at the moment: nobody is let in, nobody is refused for cause."""

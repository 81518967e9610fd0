"""The profile of an access token (RFC 9068) on top of a JWS: its type, its algorithm, the id of its key, its claims."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from system_under_test.gateway.jws import CompactJws, json_object, read_jws
from system_under_test.gateway.keys import ALGORITHMS
from system_under_test.gateway.rejection import RejectedError

TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})
"""RFC 9068, section 2.1: an access token says that it is one. A logout token or an ID token says something else."""

_KEY_ID: Final = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token of the right form. Nothing in it is proven until the signature of `jws` was checked."""

    jws: CompactJws
    key_id: str
    claims: Mapping[str, object]


def take_apart(token: str, *, limit_bytes: int) -> AccessToken:
    """The header and the claims of an access token that has the right form.

    Raises RejectedError for every deviation: those of `read_jws`, the type, a nested token, an algorithm that is no
    asymmetric signature, a key id that is no short printable name.
    """
    jws = read_jws(token, limit_bytes=limit_bytes)
    kind, key_id = jws.header.get("typ"), jws.header.get("kid")
    if not isinstance(kind, str) or kind not in TYPES or "cty" in jws.header:
        raise RejectedError("type_wrong")
    if jws.algorithm not in ALGORITHMS:
        raise RejectedError("algorithm_forbidden")
    if not isinstance(key_id, str) or not _KEY_ID.fullmatch(key_id):
        raise RejectedError("key_unknown")
    return AccessToken(jws, key_id, json_object(jws.payload))

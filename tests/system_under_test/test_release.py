"""What is being released, by digest."""

import re

from system_under_test.config import parse_setup
from system_under_test.release import PACKAGE, release_body, release_digests
from system_under_test.routing.routes import load_routes

ISSUER = {"issuer": "https://idp.example", "audience": "rag", "jwks": {"keys": [{"kid": "one"}]}}
SETUP = {"documents": "d.jsonl", "work_folder": "w", "cache_folder": "c", "issuers": [ISSUER]}
SECRET = {"REFERENCE_HOSTED_API_KEY": "hunter2", "REFERENCE_HOSTED_MODEL": "m", "REFERENCE_HOSTED_API_BASE": "b"}


def digests(scope: str = "one tenant", environment: dict[str, str] | None = None, **changes: object) -> dict[str, str]:
    settings = parse_setup({**SETUP, **changes})
    return release_digests(settings, load_routes(), {"corpus": "c" * 64}, scope, environment or {})


def test_everything_that_can_move_an_answer_has_a_digest() -> None:
    found = digests()

    assert set(found) == {"code", "configuration", "corpus", "models", "prompts", "routes"}
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in found.values())
    assert found == digests()


def test_the_faulty_variant_is_another_release() -> None:
    right, faulty = digests(), digests("every tenant")

    assert {name for name in right if right[name] != faulty[name]} == {"configuration"}


def test_where_it_runs_and_which_key_signs_do_not_change_the_release() -> None:
    moved = digests(work_folder="elsewhere", issuers=[{**ISSUER, "jwks": {"keys": [{"kid": "two"}]}}])

    assert moved == digests()


def test_another_hosted_model_is_another_release_and_the_key_to_it_is_not() -> None:
    first, second = digests(environment=SECRET), digests(environment={**SECRET, "REFERENCE_HOSTED_API_KEY": "other"})

    assert first == second
    assert first["models"] != digests()["models"]


def test_the_body_holds_no_secret_and_no_folder() -> None:
    settings = parse_setup({**SETUP, "work_folder": "/srv/secret"})

    body = str(release_body(digests(environment=SECRET), settings, load_routes()))

    assert "hunter2" not in body
    assert "/srv/secret" not in body
    assert str(PACKAGE) not in body


def test_another_corpus_changes_what_stands_under_corpus_and_nothing_else() -> None:
    settings = parse_setup(SETUP)
    bodies = [
        release_body({**digests(), "corpus": one * 64, "corpus_metadata": other * 64}, settings, load_routes())
        for one, other in ("ab", "cd")
    ]

    shown = [body.pop("digests") for body in bodies]

    assert bodies[0] == bodies[1]
    assert [digest.pop("corpus") for digest in shown] == [  # type: ignore[attr-defined]
        {"texts": "a" * 64, "metadata": "b" * 64},
        {"texts": "c" * 64, "metadata": "d" * 64},
    ]
    assert shown[0] == shown[1]

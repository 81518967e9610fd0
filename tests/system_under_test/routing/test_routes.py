"""The routes file, read strictly."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from system_under_test.routing.errors import RouteFileError
from system_under_test.routing.policies import Weighted
from system_under_test.routing.providers import READABLE
from system_under_test.routing.routes import ROUTES_FILE, ExtractiveRoute, HostedRoute, Price, load_routes
from system_under_test.routing.tenants import UNLISTED, Constraints

DECLARED = ROUTES_FILE.read_text(encoding="utf-8")


def test_the_shipped_routes_are_read() -> None:
    routes = load_routes()

    assert set(routes.by_name) == {"fast", "better", "hosted"}
    assert routes.default in routes.by_name
    assert isinstance(routes.by_name["fast"], ExtractiveRoute)
    hosted = routes.by_name["hosted"]
    assert isinstance(hosted, HostedRoute)
    assert "passages" in hosted.prompt


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("version: 2", "version: 1", id="other version"),
        pytest.param("default: better", "default: best", id="unknown default"),
        pytest.param("default: better", "default: better\ndefault: fast", id="duplicate key"),
        pytest.param("default: better", "default: better\nextra: 1", id="unknown key"),
        pytest.param("    kind: hosted", "    kind: other", id="unknown kind"),
        pytest.param("    prompt: hosted-v1.txt", "    prompt: ../routes.yaml", id="prompt elsewhere"),
        pytest.param("    prompt: hosted-v1.txt", "    prompt: missing.txt", id="no such prompt"),
        pytest.param("    prompt: hosted-v1.txt\n", "", id="missing key"),
        pytest.param("      sentences: 1", "      sentences: 0", id="count below one"),
        pytest.param("      sentences: 1", "      sentences: true", id="boolean as count"),
        pytest.param("      sentences: 1", "      sentences: 1\n      more: 1", id="unknown weight"),
        pytest.param("threshold: 0.28", "threshold: 1.5", id="share above one"),
        pytest.param("threshold: 0.28", "threshold: .nan", id="NaN"),
        pytest.param("threshold: 0.28", "threshold: '0.28'", id="text as number"),
        pytest.param("cosine_floor: 0.1", "cosine_floor: 0.9", id="floor above ceiling"),
        pytest.param("input: 0.02", "input: -1", id="negative price"),
        pytest.param("  fast:", "  1:", id="name is no text"),
        pytest.param("version: 2", "version: [", id="no YAML"),
        pytest.param("version: 2", "version: !!python/object:os.system {}", id="a tag"),
        pytest.param("    model: extractive/fast", "    model: ''", id="empty text"),
        pytest.param("deadline_s: 30.0", "deadline_s: 0", id="no time"),
        pytest.param("policy: {kind: declared}\n", "", id="no policy"),
        pytest.param("{kind: declared}", "{kind: weighted, weights: {gone: 1}}", id="weight of no route"),
        pytest.param("    fallback: [fast]", "    fallback: [gone]", id="fallback to no route"),
        pytest.param("    fallback: [fast]", "    fallback: [better]", id="fallback to itself"),
        pytest.param("    fallback: [fast]", "    fallback: [fast, fast]", id="fallback named twice"),
        pytest.param("    fallback: [fast]", "    fallback: fast", id="fallback is no list"),
        pytest.param("    quality: basic", "    quality: best", id="unknown quality"),
        pytest.param("[public, internal, confidential, restricted]", "[secret]", id="unknown class"),
        pytest.param("    expected_ms: 5.0", "    expected_ms: 0", id="no latency"),
        pytest.param(", as_of: 2026-11-22}", "}", id="price without a date"),
        pytest.param("as_of: 2026-11-22", "as_of: '2026-11-22'", id="date as text"),
        pytest.param("as_of: 2026-11-22", "as_of: 2026-11-22T10:00:00", id="a moment as date"),
        pytest.param("    price: {input: 0.15, output: 0.6, as_of: 2026-11-22}\n", "", id="hosted without a price"),
        pytest.param("{input: 0.15, output: 0.6,", "{input: 0, output: 0.6,", id="hosted for nothing"),
        pytest.param("    budget_usd: 5.0", "    budget_usd: 0", id="no budget"),
        pytest.param("    budget_usd: 5.0\n", "", id="hosted without a budget"),
        pytest.param("    provider: hosted", "    provider: extractive", id="hosted under a local provider"),
        pytest.param("    region: elsewhere", "    region: local", id="hosted in this process"),
        pytest.param("connect_s: 3.0, ", "", id="timeout left out"),
        pytest.param("connect_s: 3.0, ", "connect_s: 3.0, read_s: 1.0, ", id="unknown timeout"),
        pytest.param("attempts: 3", "attempts: 0", id="no attempt"),
        pytest.param("failures: 5", "failures: 0", id="circuit never closed"),
        pytest.param("tenant: 4}", "tenant: 0}", id="no place for a tenant"),
        pytest.param("tenants: {}", "tenants: {acme: {regions: [], providers: []}}", id="tenant without classes"),
        pytest.param(
            "tenants: {}",
            "tenants: {acme: {regions: [], providers: [], classes_outside: [x]}}",
            id="tenant with an unknown class",
        ),
    ],
)
def test_a_file_that_is_not_agreed_is_refused(tmp_path: Path, old: str, new: str) -> None:
    assert DECLARED.count(old) >= 1
    path = tmp_path / "routes.yaml"
    path.write_text(DECLARED.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(RouteFileError):
        load_routes(path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param("extractive/fast", "extractive/better", "fast and better share .* extractive/better", id="shared"),
        pytest.param("extractive/fast", "openai/fast", "fast.model: must be extractive/", id="a provider that quotes"),
        pytest.param("model: openai/{", "model: gemini/{", "hosted.model: the streams of gemini", id="unread provider"),
        pytest.param("model: openai/{", "model: extractive/{", "the streams of extractive", id="hosted here"),
        pytest.param("model: openai/{REFERENCE_HOSTED_MODEL}", "model: gpt", "the streams of gpt", id="no provider"),
        pytest.param("model: openai/{", "model: '{ANY}/{", "the streams of {ANY}", id="a provider of the environment"),
    ],
)
def test_a_model_that_cannot_be_served_is_refused_by_name(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "routes.yaml"
    changed = DECLARED.replace(old, new, 1)
    path.write_text(changed.replace("MODEL}\n", "MODEL}'\n") if "'" in new else changed, encoding="utf-8")

    with pytest.raises(RouteFileError, match=told):
        load_routes(path)


@pytest.mark.parametrize("provider", sorted(READABLE))
def test_a_provider_whose_streams_can_be_read_is_admitted(tmp_path: Path, provider: str) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(DECLARED.replace("model: openai/", f"model: {provider}/"), encoding="utf-8")

    assert load_routes(path).by_name["hosted"].model == f"{provider}/{{REFERENCE_HOSTED_MODEL}}"


def test_yaml_by_itself_would_have_let_the_last_duplicate_win() -> None:
    assert yaml.safe_load("default: better\ndefault: fast") == {"default": "fast"}


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RouteFileError):
        load_routes(tmp_path / "none.yaml")


def test_tenants_policy_and_order_are_read(tmp_path: Path) -> None:
    path = tmp_path / "routes.yaml"
    tenant = "{regions: [local, elsewhere], providers: [hosted], classes_outside: [public]}"
    changed = DECLARED.replace("tenants: {}", f"tenants: {{acme: {tenant}}}")
    path.write_text(changed.replace("{kind: declared}", "{kind: weighted, weights: {fast: 1, hosted: 9}}"))

    routes = load_routes(path)

    assert routes.constraints("acme") == Constraints(
        frozenset({"local", "elsewhere"}), frozenset({"hosted"}), frozenset({"public"})
    )
    assert routes.constraints("globex") == UNLISTED
    assert routes.policy == Weighted({"fast": 1.0, "hosted": 9.0})
    assert routes.by_name["better"].terms.fallback == ("fast",)


def test_the_name_of_a_model_is_filled_in_from_the_environment() -> None:
    hosted = load_routes().by_name["hosted"]
    assert isinstance(hosted, HostedRoute)

    other = replace(hosted, model="anthropic/claude-haiku", api_base_env="")

    assert hosted.model_name({"REFERENCE_HOSTED_MODEL": "tiny"}) == "openai/tiny"
    assert hosted.variables == ("REFERENCE_HOSTED_MODEL", "REFERENCE_HOSTED_API_BASE", "REFERENCE_HOSTED_API_KEY")
    assert (other.model_name({}), other.variables) == ("anthropic/claude-haiku", ("REFERENCE_HOSTED_API_KEY",))


def test_a_price_is_per_million_tokens() -> None:
    assert Price(2.0, 8.0, "2026-01-31").of(1_000_000, 500_000) == 6.0

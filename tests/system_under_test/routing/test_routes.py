"""The routes file, read strictly."""

from pathlib import Path

import pytest
import yaml

from system_under_test.routing.errors import RouteFileError
from system_under_test.routing.routes import ROUTES_FILE, ExtractiveRoute, HostedRoute, load_routes

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
        pytest.param("version: 1", "version: 2", id="other version"),
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
        pytest.param("version: 1", "version: [", id="no YAML"),
        pytest.param("version: 1", "version: !!python/object:os.system {}", id="a tag"),
        pytest.param("    model: extractive/fast", "    model: ''", id="empty text"),
    ],
)
def test_a_file_that_is_not_agreed_is_refused(tmp_path: Path, old: str, new: str) -> None:
    assert DECLARED.count(old) >= 1
    path = tmp_path / "routes.yaml"
    path.write_text(DECLARED.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(RouteFileError):
        load_routes(path)


def test_yaml_by_itself_would_have_let_the_last_duplicate_win() -> None:
    assert yaml.safe_load("default: better\ndefault: fast") == {"default": "fast"}


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RouteFileError):
        load_routes(tmp_path / "none.yaml")

"""Spans: one for a request, one below it for each stage, and nothing of what was asked, answered or by whom."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from system_under_test.gateway.tracing import Tracing

Start = Callable[..., Any]
QUESTION = {"question": "How many days of annual leave are there a year?", "conversation_id": "conversation-7"}


def traced(serve: Start, status: int = 200, *, tenants: bool = False, **parts: Any) -> tuple[Any, Any, str]:
    """The spans that one question leaves, the response, and the caller's token."""
    exporter = InMemorySpanExporter()
    service = serve(tracing=Tracing(SimpleSpanProcessor(exporter), tenants=tenants), **parts)
    headers = service.idp.headers(sub="alice@acme.example", jti="secret-jti")

    async def ask() -> Any:
        async with service.client() as client:
            return await client.post("/v1/answer", json=QUESTION, headers=headers)

    response = asyncio.run(ask())
    assert response.status_code == status
    return exporter.get_finished_spans(), response, headers["authorization"][7:]


def test_a_request_leaves_a_span_with_a_span_below_for_each_stage_in_order(serve: Start) -> None:
    spans, response, _ = traced(serve)

    *stages, parent = spans
    assert parent.name == "answer"
    assert [span.name for span in stages] == ["auth", "retrieve", "rerank", "generate", "audit"]
    assert {span.parent.span_id for span in stages} == {parent.context.span_id}
    assert all(parent.start_time <= span.start_time <= span.end_time for span in stages)
    assert stages[-1].end_time <= parent.end_time
    assert dict(parent.attributes) == {
        "rag.request_id": response.json()["audit"]["record_id"],
        "rag.endpoint": "answer",
        "rag.outcome": "answered",
        "http.response.status_code": 200,
        "rag.route": "better",
    }


@pytest.mark.parametrize("tenants", [False, True], ids=["without tenants", "with tenants"])
def test_a_span_holds_no_question_answer_token_or_subject(serve: Start, tenants: bool) -> None:
    spans, response, token = traced(serve, tenants=tenants)

    written = json.dumps([json.loads(span.to_json()) for span in spans])

    for text in ("annual", "27 days", "conversation-7", "alice", "secret-jti", token, *token.split(".")):
        assert text not in written
    assert response.json()["answer"] not in written
    assert ("acme" in written) is tenants


def test_a_failure_is_marked_and_its_circumstances_are_not_told(serve: Start, doubles: Any) -> None:
    spans, _, _ = traced(serve, 500, retrieval=doubles.MemoryRetrieval(fault=RuntimeError("index at /secret/path")))

    parent = next(span for span in spans if span.name == "answer")

    assert parent.status.status_code is StatusCode.ERROR
    assert "secret" not in parent.to_json()


def test_without_the_setting_opentelemetry_is_not_even_imported(repository: Path) -> None:
    program = "import sys, system_under_test.gateway.app; print('opentelemetry.sdk' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"

"""From files to an answer: what was ingested is served, to those whom its files name and to nobody else."""

import asyncio
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from system_under_test.ingestion.child import Child
from system_under_test.ingestion.corpus import Options, ingest
from system_under_test.ingestion.drafts import Defaults
from system_under_test.target import reference


def ask(app: Starlette, headers: dict[str, str], question: str) -> Any:
    async def run() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway") as client:
            return await client.post("/v1/answer", json={"question": question}, headers=headers)

    return asyncio.run(run()).json()


@pytest.mark.slow
def test_a_question_is_answered_from_a_pdf_and_a_sidecar_keeps_a_docx_to_its_group(
    tmp_path: Path, repository: Path, made: ModuleType, doubles: ModuleType, child: Child
) -> None:
    folder, output = tmp_path / "files", tmp_path / "documents.jsonl"
    folder.mkdir()
    (folder / "leave.pdf").write_bytes(
        made.pdf([made.page("Annual leave", "", "Annual leave is 27 days a year for full-time staff.")])
    )
    (folder / "bonus.docx").write_bytes(
        made.docx(
            made.paragraph("Bonus", "Heading1") + made.paragraph("The executive bonus is 40 percent of the salary.")
        )
    )
    (folder / "bonus.docx.meta.yaml").write_text("allow_groups: [executive]\ndeny_groups: []\n", encoding="utf-8")
    summary = ingest(folder, output, Options("acme", Defaults("hr", "internal", frozenset({"everyone"}))), child)
    idp = doubles.Idp()
    app = reference(
        {
            "documents": str(output),
            "work_folder": str(tmp_path / "work"),
            "cache_folder": str(repository / ".cache"),
            "issuers": [{"issuer": idp.issuer, "audience": "rag", "jwks": idp.jwks()}],
        }
    )

    leave = ask(app, idp.headers(tenant="acme"), "How many days of annual leave do I get a year?")
    denied = ask(app, idp.headers(tenant="acme"), "How high is the executive bonus?")
    granted = ask(app, idp.headers(tenant="acme", groups=["executive"]), "How high is the executive bonus?")
    app.state.close()

    assert summary.problems == ()
    assert "27 days" in leave["answer"]
    assert leave["passages"][0]["source"]["uri"] == "leave.pdf"
    assert "bonus.docx" not in {passage["source"]["uri"] for passage in denied["passages"]}
    assert "40 percent" in granted["answer"]

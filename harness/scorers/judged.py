"""The judge: an LLM behind LiteLLM, asked by the prompts of ragas. The only file of the harness that knows either.

Importing it costs seconds, so `execute/judging.py` does so only where a suite declares a judge.
"""

import logging
import os
import warnings

# Read while these packages are imported: nothing is reported to anybody, no price list is fetched.
os.environ["RAGAS_DO_NOT_TRACK"] = "true"
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["DO_NOT_TRACK"] = "true"
os.environ["LANGSMITH_TRACING"] = "false"
os.environ["LANGCHAIN_TRACING_V2"] = "false"

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import instructor
import litellm
from ragas.llms.base import InstructorBaseRagasLLM
from ragas.metrics.collections import Faithfulness
from ragas.metrics.collections.faithfulness.util import NLIStatementInput, StatementGeneratorInput

from harness.domain.digest import digest_of
from harness.domain.suites import JudgePlan
from harness.scorers.recorded import METRICS, JudgeInput

REASKED = 1
"""How often an answer that is not the JSON that was asked for is asked for again."""
RETRIED = 2
"""How often a call is made again that failed in a way that may pass: no connection, too many requests, status 5xx."""

litellm.telemetry = False
litellm.suppress_debug_info = True
litellm.turn_off_message_logging = True  # questions, answers and passages stay out of its logs
for _name in ("instructor", "LiteLLM"):  # they log what the judge wrote, which is foreign text
    logging.getLogger(_name).setLevel(logging.CRITICAL)

with warnings.catch_warnings():
    # The first response builds its schema, and pydantic warns about a field of LiteLLM's own types.
    warnings.filterwarnings("ignore", message=".*`ReadOnly` qualifier", category=UserWarning)
    litellm.ModelResponse()


class _Model(InstructorBaseRagasLLM):  # type: ignore[misc]  # untyped in ragas
    """What ragas asks. Its own class for LiteLLM writes an id of the user into the home folder, told not to or not."""

    def __init__(self, plan: JudgePlan, api_base: str, api_key: str) -> None:
        self._client: Any = instructor.from_litellm(_complete, mode=instructor.Mode.JSON)
        self._call = {
            "model": plan.model,
            "api_base": api_base,
            "api_key": api_key,
            "temperature": plan.temperature,
            "max_tokens": plan.max_tokens,
            "timeout": plan.timeout_s,
        }

    def generate(self, prompt: str, response_model: type[Any]) -> Any:  # noqa: ARG002  ragas' signature
        """Not offered: a judge is asked beside others."""
        raise TypeError("the judge is asked asynchronously")

    async def agenerate(self, prompt: str, response_model: type[Any]) -> Any:
        """The model's answer as a `response_model`."""
        messages = [{"role": "user", "content": prompt}]
        return await self._client.chat.completions.create(
            messages=messages, response_model=response_model, max_retries=REASKED, **self._call
        )


async def _complete(**call: Any) -> Any:
    """One call, made again by the client of the provider and not by LiteLLM, which would repeat a refused key too."""
    return await litellm.acompletion(**call, max_retries=RETRIED)


class RagasJudge:
    """Faithfulness as ragas measures it: the answer is split into statements, each is held against the passages.

    Passages and answer are foreign text. ragas puts them as JSON strings at the end of a fixed prompt; an answer can
    still talk to the judge, which is one reason why no judge without a certificate may decide over a release.
    """

    def __init__(self, plan: JudgePlan, api_base: str, api_key: str) -> None:
        llm = _Model(plan, api_base, api_key)
        self._metrics: Mapping[str, Any] = dict(zip(METRICS, (Faithfulness(llm=llm),), strict=True))
        self._model = plan.model
        self._digest = digest_of(
            {
                "model": plan.model,
                "temperature": plan.temperature,
                "max_tokens": plan.max_tokens,
                "reasked": REASKED,
                "packages": {name: version(name) for name in ("ragas", "instructor")},
                "prompts": {METRICS[0]: _prompts(self._metrics[METRICS[0]])},
            }
        )

    @property
    def model(self) -> str:
        """The model's name, as the suite declares it."""
        return self._model

    @property
    def digest(self) -> str:
        """sha256 of model, parameters, prompts and the packages that wrap them; not of address or key.

        What a provider serves under the model's name is not known here, and so not in it.
        """
        return self._digest

    async def value(self, metric: str, given: JudgeInput) -> float:
        """The judge's value, NaN where it found no statement. Raises whatever ragas, LiteLLM or the provider raise."""
        result = await self._metrics[metric].ascore(
            user_input=given.question, response=given.answer, retrieved_contexts=list(given.contexts)
        )
        return float(result.value)


def _prompts(metric: Any) -> list[str]:
    """The two prompts as they are sent, around empty texts: instruction, schema and examples."""
    return [
        metric.statement_generator_prompt.to_string(StatementGeneratorInput(question="", answer="")),
        metric.nli_statement_prompt.to_string(NLIStatementInput(context="", statements=[])),
    ]

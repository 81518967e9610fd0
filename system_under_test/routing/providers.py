"""The providers whose streams this system is known to read: each answers a double of itself in the tests.

LiteLLM knows more. What it hands on of the others can lack the name of the model that answered, the count of tokens or
the end of the stream, and without those nothing is believed. A route to one of them is refused when it is declared.
"""

from typing import Final

SDK: Final = frozenset({"azure", "openai"})
"""Spoken to through the client of the openai package."""
MESSAGES: Final = frozenset({"anthropic"})
"""Spoken to in Anthropic's Messages protocol."""
COMPATIBLE: Final = frozenset(
    {"deepseek", "fireworks_ai", "hosted_vllm", "mistral", "openrouter", "together_ai", "xai"}
)
"""Spoken to in OpenAI's protocol, through LiteLLM's own client."""
READABLE: Final = SDK | MESSAGES | COMPATIBLE


def provider_of(model: str) -> str:
    """What stands before the first `/` in a model's name as LiteLLM takes it; empty where nothing does."""
    return model.partition("/")[0] if "/" in model else ""

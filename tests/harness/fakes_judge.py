"""A small honest judge that speaks ragas' prompts, and the two ways to reach it. Loaded by the fixture `judge_doubles`.

It calls a statement faithful where all of its longer words stand in the passages.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def judged(messages: Sequence[Mapping[str, Any]]) -> str:
    """The JSON that ragas asks for: statements of an answer, or a verdict on each statement."""
    prompt = "\n".join(str(message["content"]) for message in messages)
    given = json.loads(prompt.rsplit("following input\ninput: ", 1)[1].split("\nOutput:", 1)[0])
    if "statements" in given:
        held = _words(given["context"])
        verdicts = [
            {"statement": each, "reason": "its words", "verdict": int(_words(each) <= held)}
            for each in given["statements"]
        ]
        return json.dumps({"statements": verdicts})
    return json.dumps({"statements": [each for each in re.split(r"(?<=\.)\s+", given["answer"]) if each]})


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 2}


class HttpJudge:
    """An OpenAI-compatible endpoint on this machine. `content` replaces what the honest judge would say."""

    def __init__(self) -> None:
        self.status = 200
        self.content: str | None = None
        self.keys: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.answering = threading.Event()
        self.answering.set()
        judge = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                judge.keys.append(self.headers["authorization"])
                judge.requests.append(request)
                judge.answering.wait()
                body = judge.body(request)
                self.send_response(judge.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    """Whoever asked has given up."""

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        """What the variable of the address holds."""
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def body(self, request: Mapping[str, Any]) -> bytes:
        """A chat completion."""
        content = judged(request["messages"]) if self.content is None else self.content
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        completion = {"id": "1", "object": "chat.completion", "created": 1, "model": "tiny"}
        return json.dumps({**completion, "choices": [choice], "usage": usage}).encode()


@contextmanager
def serving() -> Iterator[HttpJudge]:
    """The endpoint, listening until the end of the block."""
    judge = HttpJudge()
    thread = threading.Thread(target=judge.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield judge
    finally:
        judge.answering.set()
        judge.server.shutdown()
        judge.server.server_close()
        thread.join()

"""What a model is sent: the rules of the prompt file, and the question with its passages as data."""

from system_under_test.routing.evidence import Evidence
from system_under_test.routing.routes import ExtractiveRoute, Route
from system_under_test.strict_json import canonical


def messages(route: Route, evidence: Evidence) -> list[dict[str, str]]:
    """The messages for a route: for a hosted one the rules, then one JSON object.

    Nothing in a question or a document can end the JSON text that it stands in. The sign `<`, with which the control
    marks of chat templates begin (`<|im_end|>`, `</s>`), is written as its JSON escape: a server that looks for such
    marks in the text finds none, and whoever reads the JSON reads the same text as before.
    """
    if isinstance(route, ExtractiveRoute):
        return [{"role": "user", "content": evidence.question}]
    passages = [
        {
            "id": ranked.passage.id,
            "title": ranked.passage.document.title,
            "heading": ranked.passage.heading,
            "text": ranked.passage.text,
        }
        for ranked in evidence.passages
    ]
    data = canonical({"question": evidence.question, "passages": passages}).decode("utf-8")
    return [{"role": "system", "content": route.prompt}, {"role": "user", "content": data.replace("<", "\\u003c")}]

"""The same system with replies of another shape; the gate file `foreign.yaml` maps them."""

import my_system

RELEASE = {"name": "foreign-system", "version": "0.1.0"}


def ask(request):
    """One ask; the reply has the members output and hits, and says nothing of the contract's."""
    reply = my_system.ask(request)
    return {
        "output": {"text": reply["answer"], "declined": reply["refused"]},
        "hits": [
            {"chunk": hit["id"], "position": hit["rank"], "content": hit["text"], "org": hit["tenant"],
             "doc": {"key": hit["source"]["document_id"]}}
            for hit in reply["passages"]
        ],
    }  # fmt: skip

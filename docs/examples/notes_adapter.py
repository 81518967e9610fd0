"""How documents get into the notes service: the harness calls `ingest` for every change that a probe makes."""

import os

import httpx

CLIENT = httpx.Client(base_url=os.environ["NOTES_URL"])


def ingest(action, document, token):
    """Put or delete one document; raises where the service does not confirm it."""
    note = {
        "name": document["id"],
        "text": f"{document['title']}\n\n{document['text']}",
        "link": document["uri"],
        "readers": document["allow_groups"],
        "barred": document["deny_groups"],
        "level": document["classification"],
    }
    method = "POST" if action == "put" else "DELETE"
    headers = {"Authorization": f"Bearer {token}"}
    CLIENT.request(method, "/import", json=note, headers=headers).raise_for_status()

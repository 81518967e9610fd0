"""One ask, as the harness makes it, with the texts of the reply cut short."""

import json
import sys
from pathlib import Path

import httpx

from harness.domain.cases import Principal
from harness.targets.identity import load_issuer

issuer = load_issuer(Path("identity/identity.json"))
staff = Principal("dunmore-staff", "dunmore", "user:dunmore-staff", ("everyone", "staff"), "internal")
request = {"question": "How many days of annual leave do I get if I work full time?", "top_k": 1, "route": "fast"}
reply = httpx.post(
    f"{sys.argv[1]}/v1/answer", json=request, headers={"Authorization": f"Bearer {issuer.token(staff)}"}
).json()
for passage in reply["passages"]:
    passage["text"] = passage["text"][:40] + "..."
print("POST /v1/answer", json.dumps(request, indent=2), "\n200", json.dumps(reply, indent=2))  # noqa: T201

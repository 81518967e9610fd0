"""Mean share of facts by tenant and route, from the scores of the only run in `reports/`."""

from pathlib import Path

import pandas as pd

scores = pd.read_parquet(next(Path("reports").glob("*/scores.parquet")))
facts = scores[scores.metric == "facts"].assign(tenant=lambda rows: rows.case_id.str.partition("-")[0])
print(facts.pivot_table("value", "tenant", "route").round(3).to_string())  # noqa: T201

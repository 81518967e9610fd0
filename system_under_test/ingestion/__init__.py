"""Files of a folder to documents.jsonl: read, converted, given their access rules, and written for the retrieval."""

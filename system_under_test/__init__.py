"""The reference system: a small, production-shaped, multi-tenant RAG service, one target of the gate among many."""

"""The reference system: a small, production-shaped, multi-tenant RAG service. It is one target of the gate among many."""

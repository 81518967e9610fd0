"""Hybrid, tenant-scoped, permission-aware retrieval: documents in, ranked passages out."""

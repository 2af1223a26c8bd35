"""Retrieval: the passages that fit a question."""

"""Indexing: a corpus on disk, made searchable."""

"""Answers questions about a long report and cites the exact passage for every word."""

__version__ = "0.1.0"

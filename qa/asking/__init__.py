"""Asking: what a question means, and what its history adds."""

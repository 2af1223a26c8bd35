"""Evaluation: how well questions are answered and passages found."""

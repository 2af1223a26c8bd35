"""Answering: what is quoted, what is said in short, and whether to say anything."""

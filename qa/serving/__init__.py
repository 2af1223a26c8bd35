"""Serving: the API and the page."""

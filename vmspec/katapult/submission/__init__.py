"""Submitting specs: at most one machine for each submission."""

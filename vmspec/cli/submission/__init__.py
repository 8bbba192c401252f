"""Submitting the documents of a command line and reporting the results."""

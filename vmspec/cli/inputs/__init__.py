"""Finding and reading the documents that a command line names."""

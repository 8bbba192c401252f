"""JSON and YAML: two formats over plain data."""

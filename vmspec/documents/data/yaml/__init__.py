"""YAML: read from the events of libyaml, written in block style, and formatted with its comments."""

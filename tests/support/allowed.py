"""Violations that the guards still allow, for each check and room. The numbers may only fall."""

ALLOWED: dict[str, dict[str, int]] = {
    "cycles": {},
    "lines": {"vmspec/builder": 1, "vmspec/documents": 1, "vmspec/katapult": 1},
    "docstrings": {
        "tests/benchmarks": 2,
        "tests/conftest": 1,
        "tests/documents": 5,
        "tests/katapult": 34,
        "tests/properties": 7,
        "tests/typing": 1,
        "vmspec/builder": 4,
        "vmspec/cli": 3,
        "vmspec/documents": 22,
        "vmspec/katapult": 74,
        "vmspec/model": 20,
    },
    "denials": {
        "tests/documents": 4,
        "tests/katapult": 12,
        "tests/model": 2,
        "tests/properties": 2,
        "tests/test_builder": 1,
        "tests/vectors": 1,
        "vmspec/builder": 2,
        "vmspec/documents": 3,
        "vmspec/katapult": 22,
    },
    "test names": {
        "tests/documents": 17,
        "tests/katapult": 40,
        "tests/model": 7,
        "tests/properties": 2,
        "tests/test_builder": 3,
    },
}

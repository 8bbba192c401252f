"""Violations that the guards still allow, for each check and room. The numbers may only fall."""

ALLOWED: dict[str, dict[str, int]] = {
    "cycles": {},
    "lines": {"vmspec/katapult": 1},
    "docstrings": {
        "tests/benchmarks": 2,
        "tests/conftest": 1,
        "tests/katapult": 34,
        "tests/typing": 1,
        "vmspec/cli": 3,
        "vmspec/katapult": 74,
    },
    "denials": {
        "tests/katapult": 12,
        "tests/vectors": 1,
        "vmspec/katapult": 22,
    },
    "test names": {
        "tests/katapult": 40,
    },
}

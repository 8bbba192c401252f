"""How the properties are tried: few enough examples for every day, the same ones wherever CI is set."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

slow_to_draw = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("default", deadline=None, max_examples=100, suppress_health_check=slow_to_draw)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, database=None)
settings.register_profile("thorough", settings.get_profile("default"), max_examples=5000)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "default")

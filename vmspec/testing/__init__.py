"""Support for your own tests: hypothesis strategies for specs and their elements.

    from hypothesis import given
    from vmspec.testing import specs

    @given(specs())
    def test_every_spec_gets_a_name(spec):
        assert provision(spec).name

:mod:`vmspec.testing.fixtures` has pytest fixtures: a Katapult on this machine, a client, and faults.
Needs the extra ``vmspec[testing]``.
"""

from __future__ import annotations

from vmspec.testing.strategies import lookups, parts, specs, texts

__all__ = ["lookups", "parts", "specs", "texts"]

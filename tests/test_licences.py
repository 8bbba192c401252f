"""The licences of all dependencies allow a distribution under MIT."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement

COMPATIBLE = re.compile(
    r"(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla Public License|Unlicense|HPND"
    r"|LGPL|Lesser General Public License|Zlib|0BSD)",
    re.IGNORECASE,
)
"""Licences that ask at most for their notice, or, as MPL and LGPL do, for changes to the library itself."""


def licence_of(dist: Distribution) -> str:
    """Return what a distribution says of its licence."""
    metadata = dist.metadata
    classifiers = [line for line in metadata.get_all("Classifier") or () if line.startswith("License ::")]
    first_line = (metadata.get("License") or "").partition("\n")[0]
    return metadata.get("License-Expression") or "; ".join(classifiers) or first_line


def dependencies() -> dict[str, Distribution]:
    """Return the installed dependencies of vmspec and its extras, direct and indirect, by name."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement("vmspec[all]")]
    while waiting:
        requirement = waiting.pop()
        try:
            dist = distribution(requirement.name)
        except PackageNotFoundError:
            continue  # of an extra that is not installed
        for text in dist.requires or ():
            needed = Requirement(text)
            extras = ("", *requirement.extras)
            wanted = needed.marker is None or any(needed.marker.evaluate({"extra": name}) for name in extras)
            if wanted and needed.name not in found:
                waiting.append(needed)
        found[requirement.name] = dist
    del found["vmspec"]
    return found


def test_licences_of_dependencies_are_compatible() -> None:
    licences = {name: licence_of(dist) for name, dist in dependencies().items()}
    assert {"attrs", "lxml", "httpx", "xmlschema", "click"} <= {*licences}
    assert {name: text for name, text in licences.items() if not COMPATIBLE.search(text)} == {}

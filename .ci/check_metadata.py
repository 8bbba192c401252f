"""Check the metadata of a wheel, or print what it says: its Python versions, or its lowest dependencies."""

from __future__ import annotations

import re
import sys
import zipfile
from email import message_from_string
from email.message import Message

REQUIRED = ("Summary", "License-Expression", "License-File", "Keywords", "Requires-Python", "Description")


def metadata_of(wheel: str) -> Message:
    """Return the metadata of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode())


def pythons(metadata: Message) -> list[str]:
    """Return the versions of Python that the classifiers name."""
    classifiers = metadata.get_all("Classifier", [])
    return [found[1] for line in classifiers if (found := re.search(r"Python :: (3\.\d+)$", line))]


def lowest(metadata: Message) -> list[str]:
    """Return a constraint for each dependency that allows only its lowest version."""
    lines = set()
    for requirement in metadata.get_all("Requires-Dist", []):
        found = re.match(r"([\w.-]+)(?:\[[^]]*\])?>=([\w.]+)", requirement)
        if found:
            lines.add(f"{found[1]}=={found[2]}")
    return sorted(lines)


def problems(metadata: Message) -> list[str]:
    """Return a line for each thing that is missing or not as it should be."""
    body = {"Description": metadata.get_payload()}
    lines = [f"no {name}" for name in REQUIRED if not metadata[name] and not body.get(name)]
    minimum = (metadata["Requires-Python"] or "").removeprefix(">=")
    if minimum not in pythons(metadata):
        lines.append(f"Requires-Python is {minimum}, which no classifier names")
    if any(line.startswith("License ::") for line in metadata.get_all("Classifier", [])):
        lines.append("a classifier repeats the licence")
    for requirement in metadata.get_all("Requires-Dist", []):
        name = requirement.partition(";")[0].strip()
        if not re.search(r">=|vmspec\[|^types-", name):
            lines.append(f"{name} has no lowest version")
        if re.search(r"<|==|~=", name):
            lines.append(f"{name} has an upper bound")
    return lines


def main() -> int:
    """Check the wheel that is named last on the command line."""
    metadata = metadata_of(sys.argv[-1])
    if sys.argv[1] in ("--pythons", "--lowest"):
        print("\n".join(pythons(metadata) if sys.argv[1] == "--pythons" else lowest(metadata)))
        return 0
    found = problems(metadata)
    print("\n".join(found) or "metadata is complete")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())

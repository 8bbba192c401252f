"""Which characters of a document may be shown: all but those that are, or might be, a secret.

A document may be wrong in any way where an excerpt of it is shown, and a line may hold more than
what the excerpt is for. So this marks what is surely no secret, by the plan of the model, and hides
the rest: the values of secret fields, whatever is unknown beside a secret field (a misspelt
``<UserDta>``), and all that follows where JSON or YAML cannot be read on.
"""

from __future__ import annotations

from vmspec.documents.formats import FormatName


class Marks:
    """For each character of a text whether it may be shown; none at first."""

    def __init__(self, length: int) -> None:
        self._flags = bytearray(length)

    def __getitem__(self, index: int) -> bool:
        return bool(self._flags[index])

    def are_shown(self, start: int, end: int) -> bool:
        """Whether all of these may be shown."""
        return self._flags.find(0, start, end) < 0

    def show(self, start: int, end: int) -> None:
        """These may be shown."""
        self._flags[start:end] = b"\1" * (end - start)

    def hide(self, start: int, end: int) -> None:
        """These may not, whatever was said of what surrounds them."""
        self._flags[start:end] = bytes(end - start)


def visible(text: str, format: FormatName) -> Marks:
    """What may be shown of a document, well formed or not."""
    if format == "xml":
        from vmspec.cli.output.visible_xml import visible_xml

        return visible_xml(text)
    if format == "json":
        from vmspec.cli.output.visible_json import visible_json

        return visible_json(text)
    from vmspec.cli.output.visible_yaml import visible_yaml

    return visible_yaml(text)

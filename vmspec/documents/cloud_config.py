"""A check of cloud-config, the YAML in which cloud-init is configured."""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml
from yaml.events import AliasEvent, DocumentStartEvent, Event, MappingStartEvent, NodeEvent, ScalarEvent

from vmspec.documents.data.yaml.parser import LOADER

MAX_CHECKED_SIZE = 256 * 1024
"""Size, in characters, up to which cloud-config is checked. No platform accepts as much."""

_JINJA = ("{{", "{%")


class CloudConfigError(NamedTuple):
    """The first error in cloud-config."""

    offset: int
    message: str


def find_error(text: str) -> CloudConfigError | None:
    """Return the first error, or None. The message quotes nothing: user data is secret.

    Anchors and tags are allowed, because cloud-init reads them. Syntax errors are ignored if there is Jinja.
    """
    if len(text) > MAX_CHECKED_SIZE:
        return None
    try:
        return _find_error(text)
    except yaml.MarkedYAMLError as error:
        offset = _index(error.problem_mark or error.context_mark)
    except yaml.YAMLError as error:
        before = text.encode()[: getattr(error, "position", 0)]  # libyaml counts bytes here
        offset = len(before.decode(errors="replace"))
    if any(jinja in text for jinja in _JINJA):
        return None
    return CloudConfigError(min(offset, len(text.rstrip()) - 1), "is not valid YAML")


def _find_error(text: str) -> CloudConfigError | None:
    documents = nodes = 0
    anchors: set[str | None] = set()
    for event in yaml.parse(text, Loader=LOADER):
        message: str | None = None
        if isinstance(event, DocumentStartEvent):
            documents += 1
            message = "has a second YAML document" if documents > 1 else None
        elif isinstance(event, AliasEvent):
            message = None if event.anchor in anchors else "uses an alias that is not defined"
        elif isinstance(event, NodeEvent):
            nodes += 1
            anchors.add(event.anchor)
            message = None if nodes > 1 or _is_mapping_or_empty(event) else "is not a YAML mapping"
        if message is not None:
            return CloudConfigError(_index(event.start_mark), message)
    return None


def _is_mapping_or_empty(event: Event) -> bool:
    return isinstance(event, MappingStartEvent) or (isinstance(event, ScalarEvent) and not event.value)


def _index(mark: Any) -> int:
    return mark.index if mark is not None else 0

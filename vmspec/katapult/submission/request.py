"""What is asked for, before it has an id: a spec, how it is called, and how long it may take."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

from attrs import field, frozen

from vmspec.errors import ConfigurationError
from vmspec.katapult.arguments import check_seconds, check_text, check_texts
from vmspec.katapult.journal import Entry
from vmspec.katapult.submission.machine_index import BATCH
from vmspec.katapult.submission.reconcile import ID, SETTLE_S
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.model.spec import VirtualMachineSpec

CREATE_TIMEOUT_S = 30.0
"""For a create with all its tries, at most."""
GRACE_S = 5.0
"""How long a process holds its submission beyond the time it needs."""


@frozen(kw_only=True)
class SubmitRequest:
    """One machine that is wanted; times are seconds."""

    api_url: str
    organization: str
    xml: str = field(repr=False)
    hostname: str | None = None
    key: str | None = None
    annotations: Mapping[str, str] = field(factory=dict)
    timeout_s: float = CREATE_TIMEOUT_S
    settle_s: float = SETTLE_S
    queues: bool = False
    """Its time begins when it has its turn, for it is one of many; else the wait for that is within it."""
    batch: str | None = None
    """What its machine is listed by together with others of the batch."""

    @property
    def spec_sha256(self) -> str:
        return sha256_of(self.xml)

    @property
    def create_s(self) -> float:
        return min(self.timeout_s, CREATE_TIMEOUT_S)

    @property
    def hold_s(self) -> float:
        return self.create_s + GRACE_S

    def annotated(self, submission_id: str) -> Mapping[str, str]:
        """The user's annotations and vmspec's own, whose names are reserved."""
        own = {ID: submission_id, "vmspec.spec": self.spec_sha256, "vmspec.key": self.key, BATCH: self.batch}
        return {**self.annotations, **{name: value for name, value in own.items() if value is not None}}


def sha256_of(xml: str) -> str:
    """By which the journal knows the canonical XML of a spec."""
    return sha256(xml.encode()).hexdigest()


def spec_matches(entry: Entry, spec: VirtualMachineSpec | str) -> bool:
    """Return whether an entry of the journal is of this spec."""
    return entry.spec_sha256 == sha256_of(text_of(spec)[0])


def text_of(spec: VirtualMachineSpec | str) -> tuple[str, str | None]:
    """The canonical XML of a spec, which a ``str`` is taken to be, and its hostname."""
    if isinstance(spec, str):
        return spec, None
    from vmspec.documents import dumps

    return dumps(spec, "xml"), spec.hostname


def check_annotations(annotations: Mapping[str, str]) -> None:
    """Raises ConfigurationError for a name that is empty or reserved, and for text that cannot be sent."""
    check_texts("annotations", annotations)
    _check_text(*annotations, *annotations.values())
    for name in annotations:
        if not name or name.startswith("vmspec."):
            raise ConfigurationError(
                f"annotation {printable(name)!r}: a name is not empty, nor begins with vmspec."
            )


def check(wish: SubmitRequest) -> None:
    """Raises ConfigurationError for what cannot be sent, TypeError for what is of the wrong kind."""
    check_seconds(timeout_s=wish.timeout_s, settle_s=wish.settle_s)
    check_annotations(wish.annotations)
    if wish.key is not None:
        check_text("a key", wish.key)
    _check_text(wish.xml, wish.key or "")
    if wish.key == "":
        raise ConfigurationError("the key is empty; leave it out, or give one")


def _check_text(*texts: str) -> None:
    if not all(map(_is_whole, texts)):
        raise ConfigurationError("the spec, key or annotation holds half a character (a surrogate)")


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

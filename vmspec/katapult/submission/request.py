"""A submission as it is asked for, before it has an id: spec, key, annotations, timeouts."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from hashlib import scrypt, sha256
from typing import TYPE_CHECKING

from attrs import Factory, field, frozen

from vmspec.errors import ConfigurationError
from vmspec.katapult.arguments import check_seconds, check_text, check_texts
from vmspec.katapult.journal import Entry
from vmspec.katapult.redaction import Secrets, secrets_of
from vmspec.text import printable

if TYPE_CHECKING:
    from vmspec.model.spec import VirtualMachineSpec

CREATE_TIMEOUT_S = 30.0
"""Timeout of a create with all its tries, at most."""
SETTLE_S = 180.0
"""Time for which a machine is looked for by default; the slowest recorded one was first seen after 28 s."""
HOLD_MARGIN_S = 5.0
"""Time for which a process holds its submission beyond the time that it needs."""

SUBMISSION = "vmspec.submission"
"""Annotation with a submission's id; that it ends up on the machine is inferred."""
SPEC = "vmspec.spec"
"""Annotation with the digest of the canonical XML."""
KEY = "vmspec.key"
BATCH = "vmspec.batch"
"""Annotation that the machines of one batch share, to list them together."""

SCRYPT = "scrypt:"
"""Prefix of a digest that is slow to guess a short password from; older ones are a plain sha256."""
SCRYPT_COST = 2**12
"""Some 10 ms and 4 MiB for each digest; the digest says it."""
MAX_SCRYPT_COST = 2**14
"""Cost of a digest that is still checked: an annotation may claim any."""


@frozen(kw_only=True)
class SubmitRequest:
    """One machine that is wanted; times are seconds."""

    xml: str = field(repr=False)
    hostname: str | None = None
    key: str | None = None
    annotations: Mapping[str, str] = field(factory=dict)
    timeout_s: float = CREATE_TIMEOUT_S
    settle_s: float = SETTLE_S
    queues: bool = False
    """True for one of many: its time begins when the rate limiter lets it go; else that is within it."""
    batch: str | None = None
    submission_id: str | None = None
    """The id that a plan has fixed; a new one by default."""
    secrets: Secrets = field(repr=False, default=Factory(lambda self: secrets_of(self.xml), takes_self=True))

    def __attrs_post_init__(self) -> None:
        """Raise ConfigurationError for what cannot be sent, TypeError for a wrong type."""
        check_seconds(timeout_s=self.timeout_s, settle_s=self.settle_s)
        check_annotations(self.annotations)
        if self.key is not None:
            check_text("a key", self.key)
        _check_encoding(self.xml, self.key or "")
        if self.key == "":
            raise ConfigurationError("the key is empty; leave it out, or give one")

    @property
    def create_s(self) -> float:
        return min(self.timeout_s, CREATE_TIMEOUT_S)

    @property
    def hold_s(self) -> float:
        return self.create_s + HOLD_MARGIN_S

    def annotated(self, submission_id: str, digest: str) -> Mapping[str, str]:
        """Return the user's annotations and vmspec's own, whose names are reserved."""
        own = {SUBMISSION: submission_id, SPEC: digest, KEY: self.key, BATCH: self.batch}
        return {**self.annotations, **{name: value for name, value in own.items() if value is not None}}


def digest_of(xml: str, submission_id: str, cost: int = SCRYPT_COST) -> str:
    """Return the digest by which the journal and the machine know the canonical XML of a spec."""
    salted = scrypt(xml.encode(), salt=submission_id.encode(), n=cost, r=8, p=1, dklen=32)
    return f"{SCRYPT}{cost}:{salted.hex()}"


def digest_matches(digest: str, xml: str, submission_id: str) -> bool:
    """Return whether a digest, salted or of the older kind, is that of some XML."""
    if salted := re.match(f"{SCRYPT}([0-9]{{1,5}}):", digest):
        cost = int(salted[1])
        if cost.bit_count() != 1 or not 1 < cost <= MAX_SCRYPT_COST:
            return False
        own = digest_of(xml, submission_id, cost)
    else:
        own = sha256(xml.encode()).hexdigest()
    return hmac.compare_digest(digest.encode(), own.encode())


def spec_matches(entry: Entry, spec: VirtualMachineSpec | str) -> bool:
    """Return whether an entry of the journal is of this spec."""
    return digest_matches(entry.spec_sha256, text_of(spec)[0], entry.id)


def text_of(spec: VirtualMachineSpec | str) -> tuple[str, str | None]:
    """Return the canonical XML of a spec, which a ``str`` is taken to be, and its hostname."""
    if isinstance(spec, str):
        return spec, None
    from vmspec.documents import dumps

    return dumps(spec, "xml"), spec.hostname


def check_annotations(annotations: Mapping[str, str]) -> None:
    """Raise ConfigurationError for a name that is empty or reserved, and for text that cannot be sent."""
    check_texts("annotations", annotations)
    _check_encoding(*annotations, *annotations.values())
    for name in annotations:
        if not name or name.startswith("vmspec."):
            raise ConfigurationError(
                f"annotation {printable(name)!r}: a name must not be empty, nor begin with vmspec."
            )


def _check_encoding(*texts: str) -> None:
    if not all(map(_is_encodable, texts)):
        raise ConfigurationError("the spec, key or annotation holds an unpaired surrogate")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""Rules about what a spec refers to: does the organization have it?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from vmspec.catalogue import Catalogue
from vmspec.documents.hints import did_you_mean
from vmspec.findings import Severity
from vmspec.model import values
from vmspec.model.elements import AuthorizedKeys
from vmspec.model.schema import Lookup, lookup_keys
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import quote
from vmspec.validation.catalogue.registry import catalogue_rule
from vmspec.validation.rules.registry import Evidence, Problem, Problems

SOURCE = "a build refers to what exists; the API's answer to anything else was never observed"
ID_CUTOFF = 0.85
"""Similarity from which an id may be a misspelling of another one, which has the same prefix anyway."""

_NOUNS: Mapping[type[Lookup], str] = {
    values.DataCenter: "data center",
    values.Zone: "zone",
    values.Package: "package",
    values.Template: "disk template",
    values.Network: "network",
    values.VirtualNetwork: "virtual network",
    values.SpeedProfile: "network speed profile",
    values.IOProfile: "disk IO profile",
    values.IPAddress: "IP address",
    values.Subnet: "subnet",
    values.Group: "group",
    values.User: "user",
    values.SharedDisk: "disk",
    values.ISO: "ISO",
}


@catalogue_rule("VMS411", "not-in-catalogue", Lookup, source=SOURCE, supersedes=True)
def not_in_catalogue(lookup: Lookup, catalogue: Catalogue) -> Problems:
    """A spec refers to something that the organization does not have.

    The build fails, or is refused. The catalogue is the file that `--catalogue` names, or for
    `vmspec preflight` the organization itself.

    Example:

        <Resources>
          <Package by="permalink">rokc-3</Package>
        </Resources>

    Use instead:

        <Resources>
          <Package by="permalink">rock-3</Package>
        </Resources>
    """
    if catalogue.find(lookup) is not None or not catalogue.knows(lookup):
        return ()
    key = lookup.by.replace("_", " ")
    message = f"the organization has no {_NOUNS[type(lookup)]} with {key} {quote(lookup.value)}"
    return [Problem("", message, suggest=partial(_suggestion, lookup, catalogue))]


def _suggestion(lookup: Lookup, catalogue: Catalogue) -> str | None:
    """Return what was probably meant: another key, or a similar value."""
    for key in lookup_keys(type(lookup)):
        if key != lookup.by and catalogue.find(type(lookup)(lookup.value, by=key)) is not None:
            return f"look it up by {key.replace('_', ' ')}"
    by_last_part = {_last_part(value): value for value in catalogue.known_values(lookup)}
    cutoff = {"cutoff": ID_CUTOFF} if lookup.by == "id" else {}
    meant = did_you_mean(_last_part(lookup.value), by_last_part, **cutoff)
    return f"did you mean {quote(by_last_part[meant])}?" if meant else None


def _last_part(value: str) -> str:
    """Return a permalink without its folder, which makes all templates similar."""
    return value.rpartition("/")[2]


@catalogue_rule(
    "VMS412",
    "unknown-tag",
    VirtualMachineSpec,
    when_field="tags",
    severity=Severity.WARNING,
    evidence=Evidence.RECORDED,
    source="a build does not create tags: names without a tag are silently left out",
    supersedes=True,
)
def unknown_tag(spec: VirtualMachineSpec, catalogue: Catalogue) -> Problems:
    """A tag does not exist in the organization.

    A build drops it silently, so the machine has fewer tags than its spec says.

    Example:

        <Tags>
          <Tag>wbe</Tag>
        </Tags>

    Use instead:

        <Tags>
          <Tag>web</Tag>
        </Tags>
    """
    if catalogue.tags is None or catalogue.tag_names.issuperset(spec.tags):
        return ()
    return [
        Problem(
            f"tags[{index}]",
            f"the organization has no tag {quote(tag)}, so it would be left out",
            suggest=partial(_similar_tag, tag, catalogue),
        )
        for index, tag in enumerate(spec.tags)
        if tag not in catalogue.tag_names
    ]


def _similar_tag(tag: str, catalogue: Catalogue) -> str | None:
    meant = did_you_mean(tag, catalogue.tags or ())
    return f"did you mean {quote(meant)}?" if meant else None


@catalogue_rule(
    "VMS413",
    "unknown-ssh-key",
    AuthorizedKeys,
    when_field="ssh_keys",
    evidence=Evidence.INFERRED,
    severity=Severity.WARNING,
    source="the vendor's command line sends the ids of the organization's SSH keys",
    supersedes=True,
)
def unknown_ssh_key(keys: AuthorizedKeys, catalogue: Catalogue) -> Problems:
    """An SSH key is named by an id that the organization does not have.

    Nobody can log in with it. Keys that are written out, such as `ssh-ed25519 AAAA...`, are not checked.

    Example:

        <AuthorizedKeys>
          <SSHKeys>
            <SSHKey>ssh_Zz9Yy8Xx7Ww6Vv5U</SSHKey>
          </SSHKeys>
        </AuthorizedKeys>

    Use instead:

        <AuthorizedKeys>
          <SSHKeys>
            <SSHKey>ssh_Aa1Bb2Cc3Dd4Ee5F</SSHKey>
          </SSHKeys>
        </AuthorizedKeys>
    """
    if catalogue.ssh_keys is None:
        return ()
    return [
        Problem(
            f"ssh_keys[{index}]",
            f"the organization has no SSH key with id {quote(key)}",
            suggest=partial(_ssh_key_by_name, key, catalogue),
        )
        for index, key in enumerate(keys.ssh_keys)
        if key.strip() and " " not in key.strip() and key not in catalogue.ssh_key_ids
    ]


def _ssh_key_by_name(text: str, catalogue: Catalogue) -> str | None:
    """Return the id of a key that was named, or the most similar id."""
    found = (key.id for key in catalogue.ssh_keys or () if key.name == text)
    meant = next(found, None) or did_you_mean(text, catalogue.ssh_key_ids, cutoff=ID_CUTOFF)
    return f"did you mean {quote(meant)}?" if meant else None

"""Rules about the name and the tags of the machine."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import quote
from vmspec.validation.rules.registry import (
    Evidence,
    Problem,
    Problems,
    is_padded,
    problems_at,
    repeats,
    rule,
)

WHITESPACE_IS_KEPT = (
    "the vendor's library keeps whitespace in text, and line ends; for the API it is inferred"
)


@rule(
    "VMS236",
    "blank-tag",
    VirtualMachineSpec,
    when_field="tags",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library omits blank tags; the API assigns only tags that exist",
)
def blank_tag(spec: VirtualMachineSpec) -> Problems:
    """A tag is blank.

    No tag has such a name, so none is assigned. Often a variable of a template engine was empty.

    Example:

        <Tags>
          <Tag>web</Tag>
          <Tag></Tag>
        </Tags>

    Use instead:

        <Tags>
          <Tag>web</Tag>
        </Tags>
    """
    blank = [index for index, tag in enumerate(spec.tags) if not tag.strip()]
    return problems_at("tags", blank, "the tag is blank", "fill it in, or remove it")


@rule(
    "VMS237",
    "tag-twice",
    VirtualMachineSpec,
    when_field="tags",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="a machine either has a tag or does not have it",
)
def tag_twice(spec: VirtualMachineSpec) -> Problems:
    """A tag is listed twice.

    The second one has no effect; perhaps another tag was intended.

    Example:

        <Tags>
          <Tag>web</Tag>
          <Tag>web</Tag>
        </Tags>

    Use instead:

        <Tags>
          <Tag>web</Tag>
        </Tags>
    """
    return [
        Problem(f"tags[{index}]", f"tag {quote(spec.tags[index])} is listed twice", "remove one of them")
        for index in repeats(spec.tags)
        if spec.tags[index].strip()
    ]


@rule(
    "VMS238",
    "padded-name",
    VirtualMachineSpec,
    when_field="name",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source=WHITESPACE_IS_KEPT,
)
def padded_name(spec: VirtualMachineSpec) -> Problems:
    """The name begins or ends with whitespace, which becomes part of it.

    Whitespace around lookups, numbers and choices is ignored, but in text it is part of the value. Usually it
    comes from indenting the text of an element.

    Example:

        <Name>
          The shop
        </Name>

    Use instead:

        <Name>The shop</Name>
    """
    if not is_padded(spec.name):
        return ()
    message = "the name begins or ends with whitespace, which becomes part of it"
    return [Problem("name", message, "remove the whitespace")]


@rule(
    "VMS239",
    "padded-tag",
    VirtualMachineSpec,
    when_field="tags",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source=WHITESPACE_IS_KEPT,
)
def padded_tag(spec: VirtualMachineSpec) -> Problems:
    """A tag begins or ends with whitespace, which becomes part of it.

    Tags are assigned by name, and the whitespace makes it another name. A build silently omits tags that do
    not exist.

    Example:

        <Tags>
          <Tag>web </Tag>
        </Tags>

    Use instead:

        <Tags>
          <Tag>web</Tag>
        </Tags>
    """
    padded = [index for index, tag in enumerate(spec.tags) if is_padded(tag) and tag.strip()]
    message = "the tag begins or ends with whitespace, which becomes part of it"
    return problems_at("tags", padded, message, "remove the whitespace")

"""What people read: names and tags."""

from __future__ import annotations

from vmspec.documents.messages import quote
from vmspec.findings import Severity
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.registry import Evidence, Problem, Problems, is_padded, rule

KEPT = "the vendor's library keeps blanks in a text, line ends too; that the API does so is inferred"


@rule(
    "VMS236",
    "blank-tag",
    of=VirtualMachineSpec,
    at="tags",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library leaves blank tags out when it writes; the API assigns only tags that exist",
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
    return [Problem(f"tags[{index}]", "a blank tag", "fill it in, or leave it out") for index in blank]


@rule(
    "VMS237",
    "tag-twice",
    of=VirtualMachineSpec,
    at="tags",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="a machine either has a tag or has it not",
)
def tag_twice(spec: VirtualMachineSpec) -> Problems:
    """A tag is listed twice.

    The second one does nothing; perhaps another tag was meant.

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
    if len(spec.tags) == len(set(spec.tags)):
        return ()
    seen: set[str] = set()
    problems: list[Problem] = []
    for index, tag in enumerate(spec.tags):
        if tag in seen and tag.strip():
            problems.append(Problem(f"tags[{index}]", f"tag {quote(tag)} a second time", "keep one of them"))
        seen.add(tag)
    return problems


@rule(
    "VMS238",
    "padded-name",
    of=VirtualMachineSpec,
    at="name",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source=KEPT,
)
def padded_name(spec: VirtualMachineSpec) -> Problems:
    """The name begins or ends with a blank, which is kept.

    Blanks around lookups, numbers and choices mean nothing and are trimmed; in a text they are part of
    the value. Mostly they come from indenting the text of an element.

    Example:

        <Name>
          The shop
        </Name>

    Use instead:

        <Name>The shop</Name>
    """
    if not is_padded(spec.name):
        return ()
    return [Problem("name", "the name begins or ends with a blank, which is kept", "take the blank away")]


@rule(
    "VMS239",
    "padded-tag",
    of=VirtualMachineSpec,
    at="tags",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source=KEPT,
)
def padded_tag(spec: VirtualMachineSpec) -> Problems:
    """A tag begins or ends with a blank, which is kept.

    Tags are assigned by their names, and with a blank it is another name. Tags that do not exist are
    left out of a build without a word.

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
    message, hint = "the tag begins or ends with a blank, which is kept", "take the blank away"
    return [Problem(f"tags[{index}]", message, hint) for index in padded]

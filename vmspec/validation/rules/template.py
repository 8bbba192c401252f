"""Rules about the disk template, its version and options."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.elements import DiskTemplate
from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import Template, TemplateVersion
from vmspec.text import quote
from vmspec.validation.rules.registry import Evidence, Problem, Problems, repeats, rule


@rule(
    "VMS221",
    "template-without-folder",
    Template,
    when_by=("permalink",),
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source='the vendor\'s Terraform provider adds "templates/" to a permalink without a slash, and every '
    "permalink in recorded traffic has one",
)
def template_without_folder(template: Template) -> Problems:
    """The permalink of the disk template has no slash.

    Permalinks of templates begin with a folder, which is `templates/` for the vendor's own templates. Some
    tools add the folder automatically; a spec must include it.

    Example:

        <DiskTemplate>
          <DiskTemplate by="permalink">ubuntu-22-04</DiskTemplate>
        </DiskTemplate>

    Use instead:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
        </DiskTemplate>
    """
    if "/" in template.value:
        return ()
    message = f"the template's permalink {quote(template.value)} has no slash"
    return [Problem("", message, f"did you mean {quote('templates/' + template.value)}?")]


@rule(
    "VMS222",
    "version-not-by-number",
    TemplateVersion,
    when_by=("id",),
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source='without "by" every other lookup is by id, and the API itself stores by="number"; its reaction to '
    "a bare number was never observed",
)
def version_not_by_number(version: TemplateVersion) -> Problems:
    """A template version looks like a number but is looked up by id.

    Ids of versions begin with `dtv_`. Without `by="number"`, a number may be treated as an id that does not
    exist.

    Example:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
          <Version>3</Version>
        </DiskTemplate>

    Use instead:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
          <Version by="number">3</Version>
        </DiskTemplate>
    """
    if version.value.isdecimal():
        return [Problem("", f"version {version.value} is looked up by id", "look it up by number")]
    return ()


@rule(
    "VMS223",
    "option-twice",
    DiskTemplate,
    when_field="options",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library keeps both; which one the template receives is unknown",
)
def option_twice(template: DiskTemplate) -> Problems:
    """Two options of a disk template have the same key.

    A template expects one value for each key.

    Example:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
          <Option key="install_agent">true</Option>
          <Option key="install_agent">false</Option>
        </DiskTemplate>

    Use instead:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
          <Option key="install_agent">true</Option>
        </DiskTemplate>
    """
    keys = [option.key for option in template.options]
    return [
        Problem(f"options[{index}]", f"option {quote(keys[index])} is given twice", "remove one of them")
        for index in repeats(keys)
    ]


@rule(
    "VMS224",
    "nothing-to-boot",
    VirtualMachineSpec,
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the boot disk is created from the template, or the machine boots from an ISO; without either the "
    "disk is empty",
)
def nothing_to_boot(spec: VirtualMachineSpec) -> Problems:
    """The spec has neither a disk template nor an ISO.

    The machine starts with an empty disk and finds nothing to boot.

    Example:

        <DataCenter by="permalink">uk-lon-01</DataCenter>
        <Resources>
          <Package by="permalink">rock-3</Package>
        </Resources>

    Use instead:

        <DataCenter by="permalink">uk-lon-01</DataCenter>
        <Resources>
          <Package by="permalink">rock-3</Package>
        </Resources>
        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
        </DiskTemplate>
    """
    if spec.disk_template is None and spec.iso is None:
        message = "the machine has nothing to boot: neither a disk template nor an ISO is named"
        return [Problem("", message, "name a disk template")]
    return ()

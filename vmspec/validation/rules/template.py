"""What the machine starts from: disk template, its version and options, cloud-init."""

from __future__ import annotations

from vmspec.documents.messages import quote
from vmspec.findings import Severity
from vmspec.model.elements import CloudInit, DiskTemplate
from vmspec.model.spec import VirtualMachineSpec
from vmspec.model.values import Template, TemplateVersion
from vmspec.validation.rules.registry import Evidence, Problem, Problems, is_blank, rule


@rule(
    "VMS221",
    "template-without-folder",
    of=Template,
    by=("permalink",),
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source='the vendor\'s Terraform provider puts "templates/" before a permalink without a slash, and every '
    "permalink in recorded traffic has one",
)
def template_without_folder(template: Template) -> Problems:
    """The permalink of a disk template has no slash.

    Permalinks of templates begin with the folder that they are in, for the vendor's own ones
    `templates/`. Some tools add it for their users; a spec has to say it.

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
    of=TemplateVersion,
    by=("id",),
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source='everywhere else a lookup without "by" is by id, and the API itself stores by="number"; what it '
    "makes of a bare number was never seen",
)
def version_not_by_number(version: TemplateVersion) -> Problems:
    """A template version looks like a number and is looked up by id.

    Ids of versions begin with `dtv_`. A number without `by="number"` may be taken for an id that does
    not exist.

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
    of=DiskTemplate,
    at="options",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library keeps both; which one the template sees is not known",
)
def option_twice(template: DiskTemplate) -> Problems:
    """Two options of a disk template have the same key.

    A template asks for one value of each key.

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
    if len(template.options) < 2:
        return ()
    seen: set[str] = set()
    problems: list[Problem] = []
    for index, option in enumerate(template.options):
        if option.key in seen:
            message = f"a second option {quote(option.key)}"
            problems.append(Problem(f"options[{index}]", message, "keep one of them"))
        seen.add(option.key)
    return problems


@rule(
    "VMS224",
    "nothing-to-boot",
    of=VirtualMachineSpec,
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="the boot disk is made from the template, or the machine boots from a disc image; without either "
    "the disk would be empty",
)
def nothing_to_boot(spec: VirtualMachineSpec) -> Problems:
    """Neither a disk template nor a disc image (ISO) is named.

    A machine whose disk is empty starts, and finds nothing to boot.

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
        message = "neither a disk template nor an ISO is named; there is nothing to boot"
        return [Problem("", message, "name a disk template")]
    return ()


@rule(
    "VMS225",
    "cloud-init-without-template",
    of=VirtualMachineSpec,
    at="cloud_init",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="cloud-init is a program of the system that a template brings; of an empty disk nothing runs it",
)
def cloud_init_without_template(spec: VirtualMachineSpec) -> Problems:
    """There is user data for cloud-init, and no disk template.

    Who acts on the user data is the system on the disk. Without a template there is none that would.

    Example:

        <CloudInit>
          <UserData>#cloud-config</UserData>
        </CloudInit>

    Use instead:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
        </DiskTemplate>
        <CloudInit>
          <UserData>#cloud-config</UserData>
        </CloudInit>
    """
    if spec.disk_template is not None or spec.cloud_init is None or is_blank(spec.cloud_init.user_data):
        return ()  # blank-user-data has the better words
    message = "user data for cloud-init without a disk template, whose system would act on it"
    return [Problem("cloud_init", message, "name a disk template")]


@rule(
    "VMS226",
    "blank-user-data",
    of=CloudInit,
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library leaves cloud-init out where the user data is blank",
)
def blank_user_data(cloud_init: CloudInit) -> Problems:
    """Cloud-init is asked for, and has no user data.

    There is nothing for it to do. Often a variable of a template engine was empty.

    Example:

        <CloudInit>
          <UserData></UserData>
        </CloudInit>

    Use instead:

        <CloudInit>
          <UserData>#cloud-config</UserData>
        </CloudInit>
    """
    if not is_blank(cloud_init.user_data):
        return ()
    return [Problem("user_data", "the user data for cloud-init is blank", "fill it in, or leave it out")]

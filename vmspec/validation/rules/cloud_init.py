"""Rules about user data for cloud-init."""

from __future__ import annotations

from vmspec.documents.formats import format_named
from vmspec.documents.limits import MAX_SIZE
from vmspec.findings import Severity
from vmspec.model.elements import CloudInit
from vmspec.model.spec import VirtualMachineSpec
from vmspec.validation.rules.registry import Evidence, Problem, Problems, is_blank, rule

HEADERS = (
    *("#!", "#include", "#cloud-config", "#cloud-boothook", "#part-handler", "#upstart-job"),
    *("## template:", "content-type:", "mime-version:"),
    *("#ps1", "rem cmd"),  # scripts for Windows, which cloudbase-init runs
)
"""Beginnings of user data, in lower case."""

CLOUD_CONFIG = "#cloud-config"
OTHER_HEADERS = ("#cloud-config-archive", "#cloud-config-jsonp")
"""Headers that begin like that of cloud-config but are followed by something else."""

MAX_BYTES = len("&amp;")
"""The largest number of bytes of a character in canonical XML."""


@rule(
    "VMS225",
    "cloud-init-without-template",
    VirtualMachineSpec,
    when_field="cloud_init",
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source="cloud-init is part of the operating system of a template; an empty disk cannot run it",
)
def cloud_init_without_template(spec: VirtualMachineSpec) -> Problems:
    """The spec has user data for cloud-init but no disk template.

    The operating system on the disk processes the user data. Without a template there is none.

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
        return ()  # blank-user-data has the better message
    message = "user data for cloud-init is given without a disk template, so nothing processes it"
    return [Problem("cloud_init", message, "name a disk template")]


@rule(
    "VMS226",
    "blank-user-data",
    CloudInit,
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library omits cloud-init if the user data is blank",
)
def blank_user_data(cloud_init: CloudInit) -> Problems:
    """Cloud-init has no user data.

    It has nothing to do. Often a variable of a template engine was empty.

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
    return [Problem("user_data", "the user data for cloud-init is blank", "fill it in, or remove it")]


@rule(
    "VMS227",
    "unknown-user-data",
    CloudInit,
    when_field="user_data",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="the documentation of cloud-init lists the formats and how each begins",
)
def unknown_user_data(cloud_init: CloudInit) -> Problems:
    """The user data has none of the formats of cloud-init.

    cloud-init recognizes the format by the beginning: `#cloud-config`, `#!` for a script, `#include`,
    `## template: jinja`, a MIME header, and a few others. It ignores other user data.

    Example:

        <CloudInit>
          <UserData>packages: [nginx]</UserData>
        </CloudInit>

    Use instead:

        <CloudInit>
          <UserData>#cloud-config
        packages: [nginx]</UserData>
        </CloudInit>
    """
    text = (cloud_init.user_data or "").lstrip()
    if not text or text.lower().startswith(HEADERS):
        return ()
    message = "cloud-init does not recognize the user data by its first line"
    return [Problem("user_data", message, f"begin it with {CLOUD_CONFIG} or #!")]


@rule(
    "VMS228",
    "invalid-cloud-config",
    CloudInit,
    when_field="user_data",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="the documentation of cloud-init defines cloud-config as a YAML mapping",
)
def invalid_cloud_config(cloud_init: CloudInit) -> Problems:
    """The user data begins with `#cloud-config` but is not a YAML mapping.

    cloud-init ignores it, and the machine starts without its configuration. Jinja templates are not checked,
    and anchors are allowed.

    Example:

        <CloudInit>
          <UserData>#cloud-config
        packages: [nginx</UserData>
        </CloudInit>

    Use instead:

        <CloudInit>
          <UserData>#cloud-config
        packages: [nginx]</UserData>
        </CloudInit>
    """
    text = cloud_init.user_data or ""
    header = text.lstrip()[: len(OTHER_HEADERS[0])].lower()
    if not header.startswith(CLOUD_CONFIG) or header.startswith(OTHER_HEADERS):
        return ()
    from vmspec.documents.cloud_config import find_error  # loads PyYAML

    error = find_error(text)
    if error is None:
        return ()
    line = text.count("\n", 0, error.offset) + 1
    message = f"the cloud-config {error.message} (line {line} of the user data)"
    return [Problem("user_data", message, "correct the YAML", offset=error.offset)]


@rule(
    "VMS229",
    "user-data-too-large",
    VirtualMachineSpec,
    when_field="cloud_init",
    severity=Severity.ERROR,
    evidence=Evidence.LOGIC,
    source="the spec could be written but not read again",
)
def user_data_too_large(spec: VirtualMachineSpec) -> Problems:
    """The user data makes the document larger than the limit of 1 MiB.

    vmspec reads no larger documents. In XML, `&`, `<` and `>` take several bytes.
    Let a small script load the rest at the first boot.
    """
    if spec.cloud_init is None or len(spec.cloud_init.user_data or "") < MAX_SIZE // MAX_BYTES:
        return ()
    size = len(format_named("xml").write(spec).encode())
    if size <= MAX_SIZE:
        return ()
    message = f"the user data makes the document {size:,} bytes long; the limit is {MAX_SIZE:,}"
    return [Problem("cloud_init.user_data", message, "let it load the rest at the first boot")]

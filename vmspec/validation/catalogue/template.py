"""Rules about a disk template: its version, its options, and the size of the boot disk."""

from __future__ import annotations

from functools import partial

from vmspec.catalogue import Catalogue, Template, TemplateOption, TemplateVersion
from vmspec.documents.hints import did_you_mean
from vmspec.findings import Severity
from vmspec.model.elements import DiskTemplate
from vmspec.model.spec import VirtualMachineSpec
from vmspec.text import quote
from vmspec.validation.catalogue.registry import catalogue_rule
from vmspec.validation.rules.registry import Evidence, Problem, Problems

SOURCE = "the API lists the versions of a template, and the options of each version"


def _template(part: DiskTemplate, catalogue: Catalogue) -> Template | None:
    found = catalogue.find(part.template)
    return found if isinstance(found, Template) else None


def _version(part: DiskTemplate, catalogue: Catalogue) -> TemplateVersion | None:
    """Return the version of a spec, by default the latest; None if it is not known."""
    template = _template(part, catalogue)
    if template is None or template.versions is None:
        return None
    if part.version is None:
        return template.latest
    key = "number" if part.version.value.isdecimal() else part.version.by
    found = (item for item in template.versions if str(getattr(item, key)) == part.version.value)
    return next(found, None)


@catalogue_rule(
    "VMS421", "unknown-template-version", DiskTemplate, when_field="version", source=SOURCE, supersedes=True
)
def unknown_template_version(part: DiskTemplate, catalogue: Catalogue) -> Problems:
    """The disk template does not have this version.

    The build fails, or is refused.

    Example:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
          <Version by="number">99</Version>
        </DiskTemplate>

    Use instead:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
          <Version by="number">2</Version>
        </DiskTemplate>
    """
    template = _template(part, catalogue)
    if template is None or template.versions is None or _version(part, catalogue) is not None:
        return ()
    assert part.version is not None  # the rule applies to its field
    latest = template.latest
    hint = f"the latest version is {latest.number}" if latest is not None else "the template has no versions"
    message = f"template {quote(part.template.value)} has no version {quote(part.version.value)}"
    return [Problem("version", message, hint)]


def _options(part: DiskTemplate, catalogue: Catalogue) -> dict[str, TemplateOption] | None:
    version = _version(part, catalogue)
    if version is None or version.options is None:
        return None
    return {option.name: option for option in version.options}


@catalogue_rule(
    "VMS422",
    "missing-template-option",
    DiskTemplate,
    evidence=Evidence.DOCUMENTED,
    source="the API says which options of a template are required",
)
def missing_template_option(part: DiskTemplate, catalogue: Catalogue) -> Problems:
    """A required option of the disk template is not given.

    The installation needs its value. An option that only is misspelt is reported as unknown.

    Example:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/windows-2022</DiskTemplate>
        </DiskTemplate>

    Use instead:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/windows-2022</DiskTemplate>
          <Option key="password">S3cret-and-long</Option>
        </DiskTemplate>
    """
    options = _options(part, catalogue)
    if not options:
        return ()
    given = {option.key for option in part.options}
    missing = [name for name, option in options.items() if option.required and name not in given]
    misspelt = {did_you_mean(key, missing) for key in given - options.keys()} if missing else ()
    return [
        Problem("", f"option {quote(name)} of the template is required", f"add an option with key {name}")
        for name in missing
        if name not in misspelt
    ]


@catalogue_rule(
    "VMS423",
    "unknown-template-option",
    DiskTemplate,
    when_field="options",
    severity=Severity.WARNING,
    source=SOURCE,
)
def unknown_template_option(part: DiskTemplate, catalogue: Catalogue) -> Problems:
    """The disk template does not have this option.

    Its value probably has no effect.

    Example:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
          <Option key="instal_agent">true</Option>
        </DiskTemplate>

    Use instead:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
          <Option key="install_agent">true</Option>
        </DiskTemplate>
    """
    options = _options(part, catalogue)
    if options is None:
        return ()
    return [
        Problem(
            f"options[{index}]",
            f"the template has no option {quote(option.key)}",
            suggest=partial(_similar_option, option.key, tuple(options)),
        )
        for index, option in enumerate(part.options)
        if option.key not in options
    ]


def _similar_option(key: str, names: tuple[str, ...]) -> str | None:
    meant = did_you_mean(key, names)
    return f"did you mean {quote(meant)}?" if meant else None


@catalogue_rule(
    "VMS424",
    "wrong-template-option",
    DiskTemplate,
    when_field="options",
    evidence=Evidence.DOCUMENTED,
    source="the API says which type the options of a template have",
)
def wrong_template_option(part: DiskTemplate, catalogue: Catalogue) -> Problems:
    """The value of an option does not have the option's type, or a required option is empty.

    A Boolean option is `true` or `false`. Texts, passwords and keyboard layouts may be any text.

    Example:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
          <Option key="install_agent">perhaps</Option>
        </DiskTemplate>

    Use instead:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
          <Option key="install_agent">true</Option>
        </DiskTemplate>
    """
    options = _options(part, catalogue)
    if not options:
        return ()
    problems: list[Problem] = []
    for index, given in enumerate(part.options):
        option = options.get(given.key)
        if option is None:
            continue
        if option.type == "Boolean" and given.value.lower() not in ("true", "false"):
            message = f"option {quote(option.name)} is not true or false"
            problems.append(Problem(f"options[{index}]", message, "write true or false"))
        elif option.required and not given.value.strip():
            message = f"option {quote(option.name)} is required, but empty"
            problems.append(Problem(f"options[{index}]", message, "give it a value"))
    return problems


@catalogue_rule(
    "VMS425",
    "disk-below-template",
    VirtualMachineSpec,
    when_field="disk_template",
    source="the API says how large the disk of a template is",
)
def disk_below_template(spec: VirtualMachineSpec, catalogue: Catalogue) -> Problems:
    """The boot disk is smaller than the disk template.

    The template does not fit on it. Without a disk in the spec, the boot disk is as large as the package's.

    Example:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
        </DiskTemplate>
        <SystemDisks>
          <Disk><Size>5</Size></Disk>
        </SystemDisks>

    Use instead:

        <DiskTemplate>
          <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
        </DiskTemplate>
        <SystemDisks>
          <Disk><Size>20</Size></Disk>
        </SystemDisks>
    """
    version = _version(spec.disk_template, catalogue) if spec.disk_template is not None else None
    if version is None or version.size_in_gb is None:
        return ()
    size, path = (spec.system_disks[0].size, "system_disks[0].size") if spec.system_disks else (None, "")
    package = spec.resources.package if spec.resources is not None else None
    if size is None and package is not None:
        found = catalogue.find(package)
        size, path = (found.storage_in_gb if found is not None else None), "resources.package"
    if size is None or size >= version.size_in_gb:
        return ()
    message = f"the boot disk of {size} GB is smaller than its template, which needs {version.size_in_gb} GB"
    return [Problem(path, message, f"make it at least {version.size_in_gb} GB")]

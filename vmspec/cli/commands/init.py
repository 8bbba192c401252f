"""``vmspec init``: a first spec, with comments that explain it."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import click

from vmspec.cli.exit_codes import ExitCode
from vmspec.cli.inputs.paths import STDIN, reason_of
from vmspec.cli.output.console import echo_err, print_error, shown_path, write_document
from vmspec.documents import FormatName, dumps, loads
from vmspec.documents.formats import format_of_name

HOSTNAME = "web-1"
"""The hostname if the name of the file cannot be one."""

_YAML = """\
# A virtual machine for Katapult. Check it with "vmspec validate", look at it with "vmspec show",
# and try it without an account: "vmspec submit FILE --sandbox".
#
# What exists in Katapult is named by one key: permalink, id, or another key that it has.

# Where the machine runs: a data center, or a zone instead ("zone: {permalink: lon-zone-4}").
data_center:
  permalink: uk-lon-01

# Its size: a package. Some organizations may choose instead: "memory: 4" (in GB) and "cpu_cores: 2".
resources:
  package:
    permalink: rock-3

# What is installed on the first disk. Without a version, it is the latest. Options depend on the template;
# their values are strings, and vmspec treats them as secrets.
disk_template:
  permalink: templates/ubuntu-22-04
  options:
    - key: install_agent
      value: "true"

# Disks to create, with sizes in GB; the first one is the boot disk. Without this list, Katapult decides.
system_disks:
  - name: System
    size: 20
  # - name: Data
  #   size: 100
  #   speed: nvme

# One entry for each network. Addresses are new ones, or existing ones of the organization:
# "- {type: existing, ip_address: {address: 192.0.2.10}}".
network_interfaces:
  - network:
      permalink: uk-lon-01-public
    ip_address_allocations:
      - type: new
        version: 4

# One DNS label, without dots. Without a hostname, Katapult chooses one.
hostname: web-1

# Who may log in by SSH: here, all users and all SSH keys of the organization.
# Some users only: "users: [{email_address: ada@example.org}]".
authorized_keys:
  all_users: true
  all_ssh_keys: true

# Backups of the machine: how many to keep, how often, and at which hour of the day.
# backup_policies:
#   - retention: 7
#     schedule: {interval: daily, time: 2}

# Names of tags that exist; Katapult ignores others.
# tags: [web]

# Commands for the first boot, which vmspec treats as a secret.
# cloud_init:
#   user_data: |
#     #cloud-config
#     packages: [nginx]
"""

_XML = """\
<?xml version="1.0"?>
<!-- A virtual machine for Katapult. Check it with "vmspec validate", look at it with "vmspec show",
     and try it without an account: see "vmspec submit" and its sandbox. -->
<VirtualMachineSpec>
  <!-- Where the machine runs: a data center, or a <Zone> instead. What exists in Katapult is named by its
       permalink, by its id (without "by"), or by another key that it has. -->
  <DataCenter by="permalink">uk-lon-01</DataCenter>
  <!-- Its size: a package. Some organizations may choose <Memory> (in GB) and <CPUCores> instead. -->
  <Resources>
    <Package by="permalink">rock-3</Package>
  </Resources>
  <!-- What is installed on the first disk. Without a <Version by="number">, it is the latest. Options depend
       on the template; vmspec treats their values as secrets. -->
  <DiskTemplate>
    <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
    <Option key="install_agent">true</Option>
  </DiskTemplate>
  <!-- Disks to create, with sizes in GB; the first one is the boot disk. Without this list, Katapult
       decides. A disk may have <Speed>nvme</Speed> too. -->
  <SystemDisks>
    <Disk>
      <Name>System</Name>
      <Size>20</Size>
    </Disk>
  </SystemDisks>
  <!-- One <NetworkInterface> for each network. Addresses are new ones, or existing ones of the organization:
       <IPAddressAllocation type="existing"><IPAddress by="address">192.0.2.10</IPAddress>... -->
  <NetworkInterfaces>
    <NetworkInterface>
      <Network by="permalink">uk-lon-01-public</Network>
      <IPAddressAllocation type="new">
        <Version>4</Version>
      </IPAddressAllocation>
    </NetworkInterface>
  </NetworkInterfaces>
  <!-- One DNS label, without dots; it is in an element within an element of the same name. For a random one:
       <Hostname type="random"/> inside. -->
  <Hostname>
    <Hostname>web-1</Hostname>
  </Hostname>
  <!-- Who may log in by SSH: here, all users and all SSH keys of the organization. Some users only:
       <Users><User by="email_address">ada@example.org</User></Users> -->
  <AuthorizedKeys>
    <Users all="yes"/>
    <SSHKeys all="yes"/>
  </AuthorizedKeys>
  <!-- Further elements: <CloudInit> after DiskTemplate, <BackupPolicies> and <Tags> here, and <Name>,
       <Description> and <Group> after Hostname. "vmspec schema xsd" describes all of them. -->
</VirtualMachineSpec>
"""

_LABEL = re.compile(r"(?!(?:true|false|null|yes|no|on|off)\Z)[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
"""A DNS label that begins with a letter and is not a word of YAML."""


@click.command("init")
@click.argument("path", metavar="[FILE]", default=STDIN)
def command(path: str) -> int:
    """Write FILE in the format of its suffix, .yaml, .json or .xml, with comments except in JSON. The
    hostname is taken from its name. A file that exists is never replaced.

    Without FILE, YAML is printed.
    """
    if path == STDIN:
        write_document(_YAML)
        return ExitCode.OK
    file = Path(path)
    format = format_of_name(file)
    if format is None:
        raise click.UsageError("The format is unknown; name the file .yaml, .json or .xml.")
    try:
        _create(file, _text(format, file.stem))
    except FileExistsError:
        print_error(f"{shown_path(path)} exists and is not replaced; choose another name")
        return ExitCode.USAGE_ERROR
    except OSError as error:
        print_error(f"{shown_path(path)}: {reason_of(error)}")
        return ExitCode.USAGE_ERROR
    echo_err(f"{shown_path(path)} written; next: vmspec validate {shown_path(path)}")
    return ExitCode.OK


def _text(format: FormatName, name: str) -> str:
    hostname = name if _LABEL.fullmatch(name) else HOSTNAME
    yaml, xml = (text.replace(HOSTNAME, hostname) for text in (_YAML, _XML))
    if format == "json":
        return dumps(loads(yaml, "yaml"), "json")
    return xml if format == "xml" else yaml


def _create(path: Path, text: str) -> None:
    """Write a new file; raise OSError, FileExistsError among others, and leave nothing behind."""
    with path.open("x", encoding="utf-8", newline="\n") as file:
        try:
            file.write(text)
            file.flush()
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise

"""Documents for tests of the command line."""

from __future__ import annotations

from vmspec.cli.output.snippets import MASK_NOTE

GOOD = """\
<?xml version="1.0"?>
<VirtualMachineSpec>
  <DataCenter by="permalink">uk-lon-01</DataCenter>
  <Resources>
    <Package by="permalink">rock-3</Package>
  </Resources>
  <Hostname>
    <Hostname>web-1</Hostname>
  </Hostname>
</VirtualMachineSpec>
"""

GOOD_JSON = """\
{
  "data_center": {
    "permalink": "uk-lon-01"
  },
  "resources": {
    "package": {
      "permalink": "rock-3"
    }
  },
  "hostname": "web-1"
}
"""

GOOD_YAML = """\
data_center:
  permalink: uk-lon-01
resources:
  package:
    permalink: rock-3
hostname: web-1
"""

BAD = GOOD.replace("Package", "Packge")

FINE = GOOD.replace(
    "  <Hostname>\n    <",
    "  <DiskTemplate>\n    <DiskTemplate>dtpl_Vb3kT0qWn8RzLx5J</DiskTemplate>\n  </DiskTemplate>\n"
    "  <Hostname>\n    <",
)
"""A spec without findings; in ``GOOD`` the rules find something."""

FINE_JSON = GOOD_JSON.replace("{", '{\n  "disk_template": {"id": "dtpl_Vb3kT0qWn8RzLx5J"},', 1)
FINE_YAML = GOOD_YAML + "disk_template: {id: dtpl_Vb3kT0qWn8RzLx5J}\n"

BAD_LINES = """\
{name}:5:6: error VMS102 <Resources> has no child <Packge>; did you mean <Package>?
       5 |     <Packge by="permalink">***</Packge>
         |      ^^^^^^
"""

NOTE = f"{MASK_NOTE}\n"

SECRET = "hunter2"

FULL = f"""\
<VirtualMachineSpec>
  <!-- where -->
  <DataCenter by="permalink">uk-lon-01</DataCenter>
  <Resources><Package by="permalink">rock-3</Package></Resources>
  <Name>Web [red]one[/red] &#x9b;2J</Name>
  <Description>first :smile: &#x202e;
second</Description>
  <DiskTemplate>
    <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
    <Version by="number">3</Version>
    <Option key="install_agent">true</Option>
    <Option key="root_password">{SECRET}</Option>
  </DiskTemplate>
  <CloudInit><UserData>#cloud-config
password: {SECRET}</UserData></CloudInit>
  <SystemDisks>
    <Disk><Name>System</Name><Size>20</Size><Speed>nvme</Speed></Disk>
    <Disk>
      <Name>Data</Name><Size>100</Size>
      <BackupPolicies>
        <BackupPolicy>
          <Retention>7</Retention><Schedule><Interval>daily</Interval><Time>2</Time></Schedule>
        </BackupPolicy>
      </BackupPolicies>
    </Disk>
  </SystemDisks>
  <SharedDisks><Disk by="name">Store</Disk></SharedDisks>
  <NetworkInterfaces>
    <NetworkInterface>
      <Network by="permalink">uk-lon-01-public</Network>
      <SpeedProfile by="permalink">1gbps</SpeedProfile>
      <IPAddressAllocation type="new"><Version>4</Version></IPAddressAllocation>
      <IPAddressAllocation type="existing"><IPAddress by="address">192.0.2.7</IPAddress></IPAddressAllocation>
    </NetworkInterface>
    <NetworkInterface><VirtualNetwork>vnet_Q3k1LZddqvzMH21b</VirtualNetwork></NetworkInterface>
  </NetworkInterfaces>
  <Hostname><Hostname>web-1</Hostname></Hostname>
  <AuthorizedKeys><Users all="yes"/><SSHKeys all="yes"/></AuthorizedKeys>
  <Tags><Tag>web</Tag><Tag>public</Tag></Tags>
</VirtualMachineSpec>
"""
"""A spec with secrets wherever they may be, and with characters that steer terminals."""

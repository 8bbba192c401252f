"""Specs of a repository: valid ones, ones with a mistake each, and unformatted ones."""

from __future__ import annotations

from vmspec import dumps, loads

GOOD_XML = """\
<?xml version="1.0"?>
<VirtualMachineSpec>
  <!-- the shop -->
  <DataCenter by="permalink">uk-lon-01</DataCenter>
  <Resources>
    <Package by="permalink">rock-3</Package>
  </Resources>
  <DiskTemplate>
    <DiskTemplate by="permalink">templates/ubuntu-22-04</DiskTemplate>
  </DiskTemplate>
  <NetworkInterfaces>
    <NetworkInterface>
      <Network by="permalink">uk-lon-01-public</Network>
      <IPAddressAllocation type="new">
        <Version>4</Version>
      </IPAddressAllocation>
    </NetworkInterface>
  </NetworkInterfaces>
  <Hostname>
    <Hostname>web-1</Hostname>
  </Hostname>
  <AuthorizedKeys>
    <Users all="yes"/>
    <SSHKeys all="yes"/>
  </AuthorizedKeys>
</VirtualMachineSpec>
"""

GOOD: dict[str, str] = {
    "web.xml": GOOD_XML,
    "web.json": dumps(loads(GOOD_XML.replace("web-1", "web-2")), "json"),
    "web.yaml": dumps(loads(GOOD_XML.replace("web-1", "web-3")), "yaml"),
}

BAD: dict[str, str] = {
    "misspelt.xml": GOOD_XML.replace("NetworkInterfaces>", "NetworkInterface>"),
    "cut.xml": GOOD_XML.partition("<Hostname>")[0],
    "doctype.xml": GOOD_XML.replace("?>\n", '?>\n<!DOCTYPE a [<!ENTITY b "c">]>\n', 1),
    "namespace.xml": GOOD_XML.replace("<VirtualMachineSpec>", '<VirtualMachineSpec xmlns="urn:a">'),
    "missing-comma.json": GOOD["web.json"].replace('"hostname": "web-2",', '"hostname": "web-2"'),
    "wrong-lookup.json": GOOD["web.json"].replace('"permalink": "rock-3"', '"slug": "rock-3"'),
    "indented-with-tabs.yaml": GOOD["web.yaml"].replace("  package:", "\tpackage:"),
    "anchor.yaml": GOOD["web.yaml"].replace("hostname: ", "hostname: &name "),
    "second-document.yaml": GOOD["web.yaml"] + "---\nkind: Service\n",
    "unknown-key.yaml": GOOD["web.yaml"] + "nmae: web\n",
    "large.xml": GOOD_XML.replace("the shop", "x" * (1 << 20)),
}
"""Specs with one mistake each, all still detected as specs."""

UNFORMATTED: dict[str, str] = {
    "web.xml": GOOD_XML.replace("    ", "\t").replace("?>\n", ' encoding="UTF-8"?>\n', 1),
    "web.json": GOOD["web.json"].replace("  ", ""),
}
"""The specs of ``GOOD``, formatted otherwise."""

"""Each rule with documents that it reports, and similar ones that it does not."""

from __future__ import annotations

import re

import pytest
import yaml
from attrs import evolve

from vmspec import VM, Severity, dumps, existing_ip, loads, new_ipv4, validate
from vmspec.documents import FormatName
from vmspec.documents.formats import open_document
from vmspec.documents.limits import MAX_SIZE
from vmspec.documents.xml.writer import write
from vmspec.errors import InvalidSpecError
from vmspec.findings import Finding
from vmspec.model.elements import CloudInit
from vmspec.validation.rules import RULES, Evidence

from .documents import at_root, unmarked, whole, whole_json, whole_yaml

ALLOCATION = "network_interfaces[0].ip_address_allocations[0]"
TEMPLATE = '<DiskTemplate by="permalink">templates/a</DiskTemplate>'
PACKAGE = '<Package by="permalink">rock-3</Package>'
NETWORK = '<Network by="permalink">uk-lon-01-public</Network>'
VIRTUAL = "<VirtualNetwork>vnet_Iw0CuB6gXe4SqH7t</VirtualNetwork>"
ADA = '<User by="email_address">ada@example.org</User>'
LONG = "a" * 64


def resources(inner: str) -> str:
    return whole(f"<Resources>\n{inner}\n</Resources>")


def template(inner: str) -> str:
    return whole(f"<DiskTemplate>\n{inner}\n</DiskTemplate>")


def hostname(inner: str) -> str:
    return whole(f"<Hostname>{inner}</Hostname>")


def disks(*inner: str) -> str:
    listed = "\n".join(f"<Disk>{disk}</Disk>" for disk in inner)
    return whole(f"<SystemDisks>\n{listed}\n</SystemDisks>")


def interface(*inner: str) -> str:
    lines = ["<NetworkInterfaces>", "<NetworkInterface>", *inner]
    return whole("\n".join([*lines, "</NetworkInterface>", "</NetworkInterfaces>"]))


def allocation(opening: str, inner: str = "") -> str:
    return interface(NETWORK, f"<{opening}>{inner}</IPAddressAllocation>")


def keys(inner: str) -> str:
    return whole(f"<AuthorizedKeys>\n{inner}\n</AuthorizedKeys>")


def schedule(inner: str) -> str:
    policy = f"<BackupPolicy>\n{inner}\n</BackupPolicy>"
    return whole(f"<BackupPolicies>\n{policy}\n</BackupPolicies>")


NEW, EXISTING = (f'IPAddressAllocation type="{kind}"' for kind in ("new", "existing"))

WITH_FINDING: list[tuple[str, str, str, str]] = [
    (
        "VMS201",
        at_root(whole("", without="DataCenter")),
        "",
        "neither a data center nor a zone is named; name one of them",
    ),
    (
        "VMS202",
        whole('<▸DataCenter>loc_K8dWq3RzTn6Hc1Vy</DataCenter>\n<Zone by="permalink">lon-zone-4</Zone>'),
        "data_center",
        "both a data center and a zone are named; remove one of them",
    ),
    (
        "VMS211",
        at_root(whole("", without="Resources")),
        "resources",
        "neither a package nor memory and CPU cores are given;"
        " name a package, or give both memory and CPU cores",
    ),
    (
        "VMS211",
        whole("<▸Resources/>"),
        "resources",
        "neither a package nor memory and CPU cores are given;"
        " name a package, or give both memory and CPU cores",
    ),
    (
        "VMS212",
        resources("<▸Memory>4</Memory>"),
        "resources.memory",
        "memory is given without CPU cores; add CPU cores, or name a package",
    ),
    (
        "VMS212",
        resources("<▸CPUCores>4</CPUCores>"),
        "resources.cpu_cores",
        "CPU cores are given without memory; add memory, or name a package",
    ),
    (
        "VMS213",
        resources(f"{PACKAGE}<CPUCores>2</CPUCores><▸Memory>4</Memory>"),
        "resources.memory",
        "memory is given together with a package, which includes it;"
        " keep either the package, or memory and CPU cores",
    ),
    (
        "VMS213",
        resources(f"{PACKAGE}<▸CPUCores>2</CPUCores>"),
        "resources.cpu_cores",
        "CPU cores are given together with a package, which includes them;"
        " keep either the package, or memory and CPU cores",
    ),
    (
        "VMS214",
        resources("<CPUCores>2</CPUCores><▸Memory>4</Memory>"),
        "resources.memory",
        "memory and CPU cores require an organization with flexible resources;"
        " name a package if yours does not have them",
    ),
    (
        "VMS221",
        template('<▸DiskTemplate by="permalink">debian-12</DiskTemplate>'),
        "disk_template.template",
        'the template\'s permalink "debian-12" has no slash; did you mean "templates/debian-12"?',
    ),
    (
        "VMS222",
        template(f"{TEMPLATE}\n  <▸Version>3</Version>"),
        "disk_template.version",
        "version 3 is looked up by id; look it up by number",
    ),
    (
        "VMS223",
        template(f'{TEMPLATE}\n<Option key="a">hunter2</Option>\n<▸Option key="a">hunter3</Option>'),
        "disk_template.options[1]",
        'option "a" is given twice; remove one of them',
    ),
    (
        "VMS224",
        at_root(whole("", without="DiskTemplate")),
        "",
        "the machine has nothing to boot: neither a disk template nor an ISO is named; name a disk template",
    ),
    (
        "VMS225",
        whole(
            "<ISO>iso_Yv2Ag9TkLm4Xe6Bn</ISO>\n<▸CloudInit><UserData>#!hunter2</UserData></CloudInit>",
            without="DiskTemplate",
        ),
        "cloud_init",
        "user data for cloud-init is given without a disk template, so nothing processes it;"
        " name a disk template",
    ),
    (
        "VMS226",
        whole("<CloudInit>\n<▸UserData> \n </UserData></CloudInit>"),
        "cloud_init.user_data",
        "the user data for cloud-init is blank; fill it in, or remove it",
    ),
    (
        "VMS226",
        whole("<▸CloudInit/>"),
        "cloud_init.user_data",
        "the user data for cloud-init is blank; fill it in, or remove it",
    ),
    *(
        (
            "VMS227",
            whole(f"<CloudInit>\n<▸UserData>{text}</UserData></CloudInit>"),
            "cloud_init.user_data",
            "cloud-init does not recognize the user data by its first line; "
            "begin it with #cloud-config or #!",
        )
        for text in ("packages: [nginx]", "# cloud-config\npackages: [nginx]", "hunter2")
    ),
    (
        "VMS231",
        hostname("<▸Hostname>DB-1</Hostname>"),
        "hostname",
        'hostname "DB-1" has capitals; Katapult will store "db-1"',
    ),
    *(
        (
            "VMS232",
            hostname(f"<▸Hostname>{name}</Hostname>"),
            "hostname",
            f'hostname "{name}" is not a DNS label; use letters, digits, and hyphens between them',
        )
        for name in ("db_1", "db.example.org", "-db", "db-", "-", "db!")
    ),
    *(
        (
            "VMS230",
            hostname(f"<▸Hostname>{name}</Hostname>"),
            "hostname",
            f'hostname "{shown}" contains {character}; use letters, digits, and hyphens between them',
        )
        for name, shown, character in (
            ("größe", "größe", "the character U+00F6"),
            (" db", " db", "a space"),
            ("db\t1", "db\\t1", "the character U+0009"),
            ("db\u200b", "db\\u200b", "the character U+200B"),
            ("db&#xa0;1", "db\\xa01", "the character U+00A0"),
        )
    ),
    (
        "VMS233",
        hostname(f"<▸Hostname>{LONG}</Hostname>"),
        "hostname",
        "the hostname has 64 characters; the limit is 63; shorten it; the name may be longer",
    ),
    (
        "VMS234",
        hostname('<Hostname ▸type="random">db</Hostname>'),
        "hostname_type",
        'hostname "db" is given, and a random one is requested; remove one of them',
    ),
    (
        "VMS235",
        hostname("<▸Hostname/>"),
        "hostname",
        "the hostname is empty; fill it in, or request a random one",
    ),
    (
        "VMS236",
        whole("<Tags><Tag>a</Tag>\n<▸Tag> </Tag></Tags>"),
        "tags[1]",
        "the tag is blank; fill it in, or remove it",
    ),
    (
        "VMS237",
        whole("<Tags><Tag>a</Tag><Tag>b</Tag>\n<▸Tag>a</Tag></Tags>"),
        "tags[2]",
        'tag "a" is listed twice; remove one of them',
    ),
    (
        "VMS238",
        whole("<▸Name>\n  The shop\n</Name>"),
        "name",
        "the name begins or ends with whitespace, which becomes part of it; remove the whitespace",
    ),
    (
        "VMS239",
        whole("<Tags><Tag>a</Tag>\n<▸Tag>b </Tag></Tags>"),
        "tags[1]",
        "the tag begins or ends with whitespace, which becomes part of it; remove the whitespace",
    ),
    (
        "VMS241",
        disks("<Size>10</Size>", "<Name>Data</Name>").replace("<Disk><Name>", "<▸Disk><Name>"),
        "system_disks[1]",
        "the disk has no size; add its size in GB",
    ),
    (
        "VMS242",
        disks("<Size>10</Size>", "<▸Size>9</Size>"),
        "system_disks[1].size",
        "the disk has only 9 GB; use at least 10 GB",
    ),
    (
        "VMS243",
        whole('<SharedDisks><Disk by="name">A</Disk>\n<▸Disk by="name">A</Disk></SharedDisks>'),
        "shared_disks[1]",
        'shared disk "A" is listed twice; remove one of them',
    ),
    (
        "VMS244",
        disks("<Size>10</Size><▸Name> A</Name>"),
        "system_disks[0].name",
        "the disk name begins or ends with whitespace, which becomes part of it; remove the whitespace",
    ),
    (
        "VMS251",
        interface().replace("<NetworkInterface>", "<▸NetworkInterface>"),
        "network_interfaces[0]",
        "the interface names no network; name a network or a virtual network",
    ),
    (
        "VMS252",
        interface(VIRTUAL, f"<▸{NEW}><Version>4</Version></IPAddressAllocation>"),
        ALLOCATION,
        "an IP address is requested in a virtual network; name a network, or remove the address",
    ),
    (
        "VMS261",
        allocation("▸IPAddressAllocation", "<Version>4</Version>"),
        ALLOCATION,
        "the IP address allocation has no type; probably new",
    ),
    (
        "VMS261",
        allocation("▸IPAddressAllocation", "<IPAddress>ip_zE2hXn9WbQ6sTl0M</IPAddress>"),
        ALLOCATION,
        "the IP address allocation has no type; probably existing",
    ),
    (
        "VMS262",
        allocation(f"▸{EXISTING}"),
        ALLOCATION,
        "the existing address is not named; name it, or request a new one",
    ),
    (
        "VMS263",
        allocation(EXISTING, "<IPAddress>ip_zE2hXn9WbQ6sTl0M</IPAddress>\n<▸Version>4</Version>"),
        f"{ALLOCATION}.version",
        "a version is given for an existing address; remove it",
    ),
    (
        "VMS263",
        allocation(
            EXISTING,
            "<IPAddress>ip_zE2hXn9WbQ6sTl0M</IPAddress>\n<▸Subnet>sbnt_D8rPj3VyFk5Ao1Ng</Subnet>",
        ),
        f"{ALLOCATION}.subnet",
        "a subnet is given for an existing address; remove it",
    ),
    (
        "VMS264",
        allocation(f"▸{NEW}"),
        ALLOCATION,
        "a new address is requested without a version or a subnet; add version 4 or 6, or a subnet",
    ),
    (
        "VMS265",
        allocation(NEW, "<Version>4</Version>\n<▸IPAddress>ip_zE2hXn9WbQ6sTl0M</IPAddress>"),
        f"{ALLOCATION}.ip_address",
        "a new address is requested, but an existing one is named;"
        " change the type to existing, or remove the address",
    ),
    *(
        (
            "VMS266",
            allocation(EXISTING, f'\n<▸IPAddress by="address">{address}</IPAddress>'),
            f"{ALLOCATION}.ip_address",
            f'"{address}" is not an IP address; {hint}',
        )
        for address, hint in (
            ("185.53.57.480", "use an IPv4 or IPv6 address, or look it up by id"),
            ("185.53.57.048", "use an IPv4 or IPv6 address, or look it up by id"),
            ("2001:db8::g", "use an IPv4 or IPv6 address, or look it up by id"),
            ("185.53.57.48/24", "remove the prefix length: 185.53.57.48"),
        )
    ),
    (
        "VMS267",
        allocation(NEW, '<▸Subnet by="address">10.0.0.0/240</Subnet>'),
        f"{ALLOCATION}.subnet",
        '"10.0.0.0/240" is not the address of a subnet;'
        " use an address and a prefix length, such as 10.0.0.0/24",
    ),
    (
        "VMS268",
        allocation(NEW, '<▸Version>6</Version><Subnet by="address">10.0.0.0/24</Subnet>'),
        f"{ALLOCATION}.version",
        'version 6 is requested from the IPv4 subnet "10.0.0.0/24";'
        " change the version to 4, or name another subnet",
    ),
    (
        "VMS269",
        interface(
            NETWORK,
            f"<{EXISTING}><IPAddress>ip_zE2hXn9WbQ6sTl0M</IPAddress></IPAddressAllocation>",
            f"<{EXISTING}><▸IPAddress>ip_zE2hXn9WbQ6sTl0M</IPAddress></IPAddressAllocation>",
        ),
        "network_interfaces[0].ip_address_allocations[1].ip_address",
        'IP address "ip_zE2hXn9WbQ6sTl0M" is allocated twice; name another address, or remove one of them',
    ),
    (
        "VMS269",
        interface(
            NETWORK,
            f'<{EXISTING}><IPAddress by="address">2001:db8::1</IPAddress></IPAddressAllocation>',
            "</NetworkInterface><NetworkInterface>",
            NETWORK,
            f'<{EXISTING}><▸IPAddress by="address">2001:DB8:0::1</IPAddress></IPAddressAllocation>',
        ),
        "network_interfaces[1].ip_address_allocations[0].ip_address",
        'IP address "2001:DB8:0::1" is allocated twice; name another address, or remove one of them',
    ),
    (
        "VMS271",
        keys(f'<▸Users all="yes">{ADA}</Users>'),
        "authorized_keys.users",
        "users are listed although all users are authorized; remove the list, or do not authorize all",
    ),
    (
        "VMS271",
        keys('<▸SSHKeys all="yes"><SSHKey>ssh-ed25519 AAAA</SSHKey></SSHKeys>'),
        "authorized_keys.ssh_keys",
        "SSH keys are listed although all SSH keys are authorized; remove the list, or do not authorize all",
    ),
    (
        "VMS272",
        whole("<▸AuthorizedKeys/>"),
        "authorized_keys",
        "no user and no SSH key is authorized; authorize all, or list some",
    ),
    (
        "VMS272",
        keys('<Users all="no"/><SSHKeys all="no"/>').replace("<Auth", "<▸Auth"),
        "authorized_keys",
        "no user and no SSH key is authorized; authorize all, or list some",
    ),
    (
        "VMS273",
        keys(f"<Users>{ADA}\n{ADA.replace('<', '<▸', 1)}</Users>"),
        "authorized_keys.users[1]",
        'user "ada@example.org" is listed twice; remove one of them',
    ),
    (
        "VMS274",
        keys("<SSHKeys><SSHKey>ssh-rsa a</SSHKey>\n<▸SSHKey>ssh-rsa a</SSHKey></SSHKeys>"),
        "authorized_keys.ssh_keys[1]",
        "the SSH key is listed twice; remove one of them",
    ),
    (
        "VMS275",
        keys("<SSHKeys>\n<▸SSHKey>ssh-rsa a\n</SSHKey></SSHKeys>"),
        "authorized_keys.ssh_keys[0]",
        "the SSH key begins or ends with whitespace, which becomes part of it; remove the whitespace",
    ),
    (
        "VMS276",
        keys('<▸Users/>\n<SSHKeys all="yes"/>'),
        "authorized_keys.users",
        "the list of users is empty; authorize all, list some, or remove it",
    ),
    (
        "VMS276",
        keys(f"<Users>{ADA}</Users>\n<▸SSHKeys></SSHKeys>"),
        "authorized_keys.ssh_keys",
        "the list of SSH keys is empty; authorize all, list some, or remove it",
    ),
    (
        "VMS277",
        keys("<SSHKeys><SSHKey>ssh-rsa a</SSHKey>\n<▸SSHKey/></SSHKeys>"),
        "authorized_keys.ssh_keys[1]",
        "the SSH key is blank; fill it in, or remove it",
    ),
    (
        "VMS277",
        keys("<SSHKeys>\n<▸SSHKey> </SSHKey></SSHKeys>"),
        "authorized_keys.ssh_keys[0]",
        "the SSH key is blank; fill it in, or remove it",
    ),
    (
        "VMS278",
        keys('<Users><▸User by="email_address">ada</User></Users>'),
        "authorized_keys.users[0]",
        '"ada" is not an email address; use one such as ada@example.org',
    ),
    (
        "VMS278",
        keys('<Users><▸User by="email_address">@example.org</User></Users>'),
        "authorized_keys.users[0]",
        '"@example.org" is not an email address; use one such as ada@example.org',
    ),
    (
        "VMS281",
        schedule("<▸Schedule><Time>2</Time></Schedule>"),
        "backup_policies[0].schedule",
        "the schedule has no interval; add hourly, daily, weekly or monthly",
    ),
    (
        "VMS281",
        disks(
            "<Size>10</Size><BackupPolicies><BackupPolicy>\n<▸Schedule/>\n</BackupPolicy></BackupPolicies>"
        ),
        "system_disks[0].backup_policies[0].schedule",
        "the schedule has no interval; add hourly, daily, weekly or monthly",
    ),
    (
        "VMS282",
        schedule("<Schedule><Interval>daily</Interval><▸Time>24</Time></Schedule>"),
        "backup_policies[0].schedule.time",
        "time 24 is not an hour of the day; use 0 (midnight) to 23",
    ),
    (
        "VMS283",
        schedule("<Schedule><Interval>daily</Interval><▸Frequency>101</Frequency></Schedule>"),
        "backup_policies[0].schedule.frequency",
        "the frequency 101 is unusually high; choose a longer or shorter interval",
    ),
    (
        "VMS284",
        whole("<BackupPolicies><▸BackupPolicy/></BackupPolicies>"),
        "backup_policies[0]",
        "the backup policy is empty; add a retention and a schedule, or remove it",
    ),
    (
        "VMS291",
        resources('<▸Package by="permalink">vmpkg_W0hEo4JsUz8Pf6Mi</Package>'),
        "resources.package",
        '"vmpkg_W0hEo4JsUz8Pf6Mi" looks like an id but is looked up by permalink; look it up by id',
    ),
    (
        "VMS291",
        template(f'{TEMPLATE}<▸Version by="number">dtv_p2Fh9GcYs6MdK1Ae</Version>'),
        "disk_template.version",
        '"dtv_p2Fh9GcYs6MdK1Ae" looks like an id but is looked up by number; look it up by id',
    ),
    (
        "VMS292",
        resources("<▸Package>rock-3</Package>"),
        "resources.package",
        '"rock-3" is looked up by id but does not look like one;'
        " ids begin with vmpkg_; or look it up by permalink",
    ),
    (
        "VMS292",
        resources("<▸Package>dtpl_W0hEo4JsUz8Pf6Mi</Package>"),
        "resources.package",
        '"dtpl_W0hEo4JsUz8Pf6Mi" is the id of another kind of object; ids begin with vmpkg_',
    ),
    (
        "VMS292",
        whole("<▸DataCenter>London</DataCenter>"),
        "data_center",
        '"London" is looked up by id but does not look like one;'
        " ids begin with loc_ or dc_; or look it up by name or permalink",
    ),
    (
        "VMS292",
        whole("<▸ISO>debian</ISO>"),
        "iso",
        '"debian" is looked up by id but does not look like one; ids begin with iso_',
    ),
    (
        "VMS292",
        allocation(EXISTING, "<▸IPAddress>185.53.57.48</IPAddress>"),
        f"{ALLOCATION}.ip_address",
        '"185.53.57.48" is looked up by id but does not look like one;'
        " ids begin with ip_; or look it up by address",
    ),
    *(
        (
            "VMS293",
            hostname(f"<▸Hostname>web-{placeholder.replace('<', '&lt;')}</Hostname>"),
            "hostname",
            f'the placeholder "{placeholder}" is not filled in; render the template first',
        )
        for placeholder in (
            *("${X}", "${X:-y}", "${}", "{{ x }}", "{{x|default({})}}", "<% x %>", "<%= 5 % 2 %>", "%(x)s"),
        )
    ),
    (
        "VMS293",
        resources('<▸Package by="permalink">rock-${SIZE}</Package>'),
        "resources.package",
        'the placeholder "${SIZE}" is not filled in; render the template first',
    ),
    (
        "VMS293",
        resources("<▸Package>{{ package_id }}</Package>"),
        "resources.package",
        'the placeholder "{{ package_id }}" is not filled in; render the template first',
    ),
    (
        "VMS293",
        whole("<Tags><Tag>web</Tag><▸Tag>{{ env }} ${tier}</Tag></Tags>"),
        "tags[1]",
        'the placeholder "{{ env }}" is not filled in; render the template first',
    ),
    (
        "VMS293",
        template(f'{TEMPLATE}<Option ▸key="%(key)s">${{VALUE}}</Option>'),
        "disk_template.options[0].key",
        'the placeholder "%(key)s" is not filled in; render the template first',
    ),
]
"""Code, document, path, and message with hint."""

IN_JSON: list[tuple[str, str, str]] = [
    ("VMS211", whole_json("▸resources", "{}"), "resources"),
    ("VMS212", whole_json("resources", '{▸"memory": 4}'), "resources.memory"),
    ("VMS221", whole_json("disk_template", '{▸"permalink": "a"}'), "disk_template.template"),
    (
        "VMS222",
        whole_json("disk_template", '{"permalink": "a/b", ▸"version": {"id": "3"}}'),
        "disk_template.version",
    ),
    ("VMS231", whole_json("▸hostname", '"DB-1"'), "hostname"),
    ("VMS237", whole_json("tags", '["a",\n ▸"a"]'), "tags[1]"),
    ("VMS242", whole_json("system_disks", '[{"size": 10}, {▸"size": 9}]'), "system_disks[1].size"),
    (
        "VMS262",
        whole_json(
            "network_interfaces",
            '[{"network": {"permalink": "a"},\n "ip_address_allocations": [▸{"type": "existing"}]}]',
        ),
        ALLOCATION,
    ),
    ("VMS272", whole_json("▸authorized_keys", '{"all_users": false}'), "authorized_keys"),
    (
        "VMS276",
        whole_json("authorized_keys", '{"all_users": true, ▸"ssh_keys": []}'),
        "authorized_keys.ssh_keys",
    ),
    (
        "VMS282",
        whole_json("backup_policies", '[{"schedule": {"interval": "daily", ▸"time": 24}}]'),
        "backup_policies[0].schedule.time",
    ),
    ("VMS292", whole_json("resources", '{▸"package": {"id": "rock-3"}}'), "resources.package"),
]
"""Code, document and path."""

IN_YAML: list[tuple[str, str, str]] = [
    ("VMS202", whole_yaml("zone: {permalink: a}").replace("data_center", "▸data_center"), "data_center"),
    ("VMS213", whole_yaml("resources:\n  package: {permalink: a}\n  ▸memory: 4"), "resources.memory"),
    (
        "VMS223",
        whole_yaml("disk_template:\n  permalink: a/b\n  options:\n    - key: a\n    - ▸key: a"),
        "disk_template.options[1]",
    ),
    ("VMS226", whole_yaml('cloud_init:\n  ▸user_data: " "'), "cloud_init.user_data"),
    ("VMS231", whole_yaml("▸hostname: DB-1"), "hostname"),
    ("VMS236", whole_yaml('tags:\n  - a\n  - ▸""'), "tags[1]"),
    ("VMS238", whole_yaml("▸name: |\n  The shop"), "name"),
    ("VMS241", whole_yaml("system_disks:\n  - size: 10\n  - ▸name: Data"), "system_disks[1]"),
    (
        "VMS242",
        whole_yaml("system_disks:\n  - size: 10\n  - name: Data\n    ▸size: 9"),
        "system_disks[1].size",
    ),
    ("VMS243", whole_yaml("shared_disks:\n  - name: a\n  - ▸name: a"), "shared_disks[1]"),
    ("VMS251", whole_yaml("network_interfaces:\n  - ▸{}"), "network_interfaces[0]"),
    (
        "VMS266",
        whole_yaml(
            "network_interfaces:\n  - network: {permalink: a}\n    ip_address_allocations:\n"
            "      - type: existing\n        ▸ip_address:\n          address: nowhere"
        ),
        f"{ALLOCATION}.ip_address",
    ),
    (
        "VMS271",
        whole_yaml("authorized_keys:\n  all_users: true\n  ▸users: [{email_address: ada@example.org}]"),
        "authorized_keys.users",
    ),
    (
        "VMS275",
        whole_yaml("authorized_keys:\n  ssh_keys:\n    - ▸|\n      ssh-rsa a"),
        "authorized_keys.ssh_keys[0]",
    ),
    (
        "VMS276",
        whole_yaml("authorized_keys:\n  ▸users: []\n  all_ssh_keys: true"),
        "authorized_keys.users",
    ),
    ("VMS281", whole_yaml("backup_policies:\n  - ▸schedule: {time: 2}"), "backup_policies[0].schedule"),
    (
        "VMS291",
        whole_yaml("resources:\n  ▸package:\n    permalink: vmpkg_W0hEo4JsUz8Pf6Mi"),
        "resources.package",
    ),
]

WITHOUT_FINDING = [
    whole(""),
    whole("<Zone>zone_q1NcRb7XyVt5Kd3G</Zone>", without="DataCenter"),
    whole("<DataCenter>dc_q1NcRb7XyVt5Kd3G</DataCenter>"),
    whole('<DataCenter by="name">London_of_lower_case_words</DataCenter>'),
    whole("<ISO>iso_Yv2Ag9TkLm4Xe6Bn</ISO>", without="DiskTemplate"),
    template(f"{TEMPLATE}<Version>dtv_p2Fh9GcYs6MdK1Ae</Version>"),
    template(f'{TEMPLATE}<Version by="number">3</Version>'),
    template(f'{TEMPLATE}<Option key="a">1</Option><Option key="A">1</Option>'),
    whole("<CloudInit><UserData>#cloud-config\n</UserData></CloudInit>"),
    hostname("<Hostname>1-b</Hostname>"),
    template(f'{TEMPLATE}<Option key="a">${{VALUE}}</Option>'),
    *(
        whole(f"<CloudInit><UserData>{text}</UserData></CloudInit>")
        for text in (
            *("#cloud-config", "\n #Cloud-Config\n", "#cloud-config\n---\na: &amp;b [1]\nc: *b\nd: !x 1"),
            *("#cloud-config\nhostname: {{ x }} ${Y}", "#cloud-config\n{% if x %}\na: 1\n{% endif %}"),
            *("## template: jinja\n#cloud-config\n{% if x %}", "#!/bin/sh\necho", "#include\nhttps://a"),
            *("MIME-Version: 1.0", "#cloud-config-archive\n- a"),
        )
    ),
    whole("<Description>100 % {sic}, {{ open, $X, <b>, %s, } and }}</Description>".replace("<b>", "&lt;%")),
    hostname(f"<Hostname>{LONG[1:]}</Hostname>"),
    hostname('<Hostname type="random"/>'),
    whole("<Name>The Shop</Name>\n<Description>\n  Sells things.\n</Description>"),
    whole("<Tags><Tag>a</Tag><Tag>A</Tag><Tag>a b</Tag></Tags>"),
    disks("<Size>10</Size><Name>Data</Name>", "<Size>10</Size><Name>Data</Name>"),
    whole('<SharedDisks><Disk by="name">A</Disk><Disk by="name">a</Disk></SharedDisks>'),
    whole('<SharedDisks><Disk by="name">web_productionserver</Disk></SharedDisks>'),
    interface(VIRTUAL),
    interface(NETWORK),
    allocation(EXISTING, "<IPAddress>ip_zE2hXn9WbQ6sTl0M</IPAddress>"),
    allocation(EXISTING, '<IPAddress by="address">2001:db8::1</IPAddress>'),
    allocation(NEW, "<Version>6</Version>"),
    allocation(NEW, '<Subnet by="address">10.0.0.0</Subnet>'),
    allocation(NEW, '<Version>4</Version><Subnet by="address">10.0.0.1/24</Subnet>'),
    allocation(NEW, "<Version>6</Version><Subnet>sbnt_D8rPj3VyFk5Ao1Ng</Subnet>"),
    interface(NETWORK, *(f"<{NEW}><Version>4</Version></IPAddressAllocation>" for _ in range(2))),
    keys('<Users all="yes"/>'),
    keys(f'<Users all="no">{ADA}</Users>'),
    keys('<SSHKeys all="yes"/><Users all="no"/>'),
    whole_json("authorized_keys", '{"all_ssh_keys": true}'),
    keys(f"<Users>{ADA}<User>user_Ob5Xs7TgJq3Ea0Pc</User></Users>"),
    keys("<SSHKeys><SSHKey>ssh-rsa a</SSHKey><SSHKey>ssh-rsa b</SSHKey></SSHKeys>"),
    whole("<BackupPolicies><BackupPolicy><Retention>30</Retention></BackupPolicy></BackupPolicies>"),
    schedule("<Schedule><Interval>daily</Interval><Time>0</Time></Schedule>"),
    schedule("<Schedule><Interval>hourly</Interval><Frequency>100</Frequency><Time>23</Time></Schedule>"),
    whole_json("hostname", '"db-1"'),
    whole_yaml("hostname: db-1"),
]
"""Documents without findings that are similar to those with one."""

SEVERITIES = {rule.code: rule.severity for rule in RULES}


def findings(text: str, format: FormatName) -> list[tuple[object, ...]]:
    return [
        (finding.code, finding.severity, finding.path, finding.line, finding.column, text_of(finding))
        for finding in validate(text, format).findings
    ]


def text_of(finding: Finding) -> str:
    return f"{finding.message}; {finding.hint}"


@pytest.mark.parametrize(("code", "marked", "path", "text_of_finding"), WITH_FINDING)
def test_document_has_exactly_this_finding(code: str, marked: str, path: str, text_of_finding: str) -> None:
    text, place = unmarked(marked)
    assert findings(text, "xml") == [(code, SEVERITIES[code], path, *place, text_of_finding)]


@pytest.mark.parametrize(
    ("code", "marked", "path", "format"),
    [(*case, "json") for case in IN_JSON] + [(*case, "yaml") for case in IN_YAML],
)
def test_positions_in_json_and_yaml(code: str, marked: str, path: str, format: FormatName) -> None:
    text, place = unmarked(marked)
    found = [finding[:-1] for finding in findings(text, format)]
    assert found == [(code, SEVERITIES[code], path, *place)]


ONLY_IN_XML = {"VMS276"}
"""Rules about empty lists, which are not written."""


@pytest.mark.parametrize("format", ["json", "yaml"])
@pytest.mark.parametrize(("code", "marked", "path", "text_of_finding"), WITH_FINDING)
def test_finding_is_the_same_in_json_and_yaml(
    code: str, marked: str, path: str, text_of_finding: str, format: FormatName
) -> None:
    text = dumps(loads(unmarked(marked)[0]), format)
    expected = [(code, SEVERITIES[code], path, *place_in(text, path), text_of_finding)]
    assert findings(text, format) == ([] if code in ONLY_IN_XML else expected)


def place_in(text: str, path: str) -> tuple[int, int]:
    """Return the position that PyYAML, which also reads JSON, gives a path or the nearest one around it."""
    node, mark = yaml.compose(text), None
    for name, index in re.findall(r"(\w+)|\[(\d+)\]", path):
        if index:
            node = node.value[int(index)]
            mark = node.start_mark
            continue
        name = INLINE.get(name, name)
        found = [pair for pair in node.value if re.fullmatch(name, pair[0].value)]
        if not found:
            break
        [(key, node)] = found
        mark = key.start_mark
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)


INLINE = {"template": "id|permalink"}


@pytest.mark.parametrize("text", WITHOUT_FINDING)
def test_similar_document_has_no_finding(text: str) -> None:
    assert findings(text, "xml" if text.startswith("<") else "yaml") == []


INVALID_CLOUD_CONFIG = [
    ("a: 1\n▸b", "is not valid YAML", 3),
    ("password: hunter2\na: b▸: c", "is not valid YAML", 3),
    ("a: &b\n  é: &▸&[", "is not valid YAML", 3),
    ("▸\ta: 1", "is not valid YAML", 2),
    ("packages:\n  - [nginx▸,\n\n", "is not valid YAML", 3),
    ("▸- a", "is not a YAML mapping", 2),
    ("▸text", "is not a YAML mapping", 2),
    ("a: 1\n▸---\nb: 2", "has a second YAML document", 3),
    ("a: ▸*b\nc: &b 1", "uses an alias that is not defined", 2),
]


@pytest.mark.parametrize("format", ["xml", "json", "yaml"])
@pytest.mark.parametrize(("marked", "error", "line"), INVALID_CLOUD_CONFIG)
def test_invalid_cloud_config_is_located(marked: str, error: str, line: int, format: FormatName) -> None:
    user_data = "#cloud-config\n" + marked
    spec = evolve(loads(whole("")), cloud_init=CloudInit(user_data=user_data.replace("▸", "")))
    text, path = dumps(spec, format), "cloud_init.user_data"
    place = open_document(text, format).position_in_text(path, user_data.index("▸"))
    message = f"the cloud-config {error} (line {line} of the user data); correct the YAML"
    assert findings(text, format) == [("VMS228", Severity.WARNING, path, *place, message)]


def test_user_data_that_cannot_be_read_back_is_refused() -> None:
    vm = VM("web").data_center("a").package("b").template("a/b")
    assert validate(vm.cloud_init("#!" + "\n" * (MAX_SIZE - 1000)).to_xml()).ok
    assert validate(vm.cloud_init("#!" + "&" * 200_000).to_xml()).ok
    hint = "let it load the rest at the first boot"
    for text in ("\n" * MAX_SIZE, "&" * 210_000, "\U0001f427" * 263_000):
        large = vm.cloud_init("#!" + text)
        with pytest.raises(InvalidSpecError) as raised:
            large.build()
        size = f"{len(write(large.spec).encode()):,}"
        message = f"the user data makes the document {size} bytes long; the limit is 1,048,576"
        assert raised.value.findings == (
            Finding("VMS229", message, Severity.ERROR, "cloud_init.user_data", hint=hint),
        )


def test_every_rule_has_a_document() -> None:
    assert {code for code, *_ in WITH_FINDING} == set(SEVERITIES) - {"VMS228", "VMS229"}


def test_findings_contain_no_secrets() -> None:
    marked = [text for _, text, *_ in WITH_FINDING if "hunter" in text]
    assert len(marked) == 3
    for text in marked:
        assert "hunter" not in repr(validate(unmarked(text)[0]).findings)


def test_findings_of_a_built_spec_have_paths_but_no_positions() -> None:
    vm = VM("DB-1").disk(5).network("a", existing_ip("185.53.57.480", by="address"), new_ipv4())
    found = [(f.code, f.path, f.line, f.column) for f in validate(vm.spec).findings]
    assert found == [
        ("VMS201", "", None, None),
        ("VMS211", "resources", None, None),
        ("VMS224", "", None, None),
        ("VMS231", "hostname", None, None),
        ("VMS242", "system_disks[0].size", None, None),
        ("VMS266", f"{ALLOCATION}.ip_address", None, None),
    ]


TABLE = """
VMS201 no-location                        error    documented
VMS202 two-locations                      error    documented
VMS211 no-resources                       error    documented
VMS212 incomplete-flexible-resources            error    documented
VMS213 package-beside-flexible-resources  warning  inferred
VMS214 flexible-resources                 info     documented
VMS221 template-without-folder            warning  vendor's code
VMS222 version-not-by-number              warning  inferred
VMS223 option-twice                       warning  vendor's code
VMS224 nothing-to-boot                    warning  inferred
VMS225 cloud-init-without-template        warning  inferred
VMS226 blank-user-data                    warning  vendor's code
VMS227 unknown-user-data                  warning  logic
VMS228 invalid-cloud-config               warning  logic
VMS229 user-data-too-large                error    logic
VMS230 invalid-hostname                   error    logic
VMS231 hostname-in-capitals               warning  recorded
VMS232 hostname-not-a-label               warning  inferred
VMS233 long-hostname                      warning  inferred
VMS234 hostname-beside-random             warning  vendor's code
VMS235 empty-hostname                     warning  inferred
VMS236 blank-tag                          warning  vendor's code
VMS237 tag-twice                          warning  logic
VMS238 padded-name                        warning  vendor's code
VMS239 padded-tag                         warning  vendor's code
VMS241 disk-without-size                  warning  inferred
VMS242 small-disk                         warning  vendor's code
VMS243 shared-disk-twice                  warning  logic
VMS244 padded-disk-name                   warning  vendor's code
VMS251 interface-without-network          warning  inferred
VMS252 address-in-virtual-network         warning  inferred
VMS261 allocation-without-type            warning  vendor's code
VMS262 existing-without-address           error    recorded
VMS263 existing-with-version-or-subnet                 warning  vendor's code
VMS264 new-without-version                warning  vendor's code
VMS265 new-with-address                   warning  vendor's code
VMS266 not-an-address                     error    logic
VMS267 not-a-subnet                       warning  inferred
VMS268 address-family-mismatch               warning  logic
VMS269 same-ip-twice                      error    documented
VMS271 list-beside-all                    warning  vendor's code
VMS272 nobody-authorized                      warning  inferred
VMS273 user-twice                         warning  logic
VMS274 ssh-key-twice                      warning  logic
VMS275 padded-ssh-key                     warning  vendor's code
VMS276 empty-access-list                       warning  vendor's code
VMS277 blank-ssh-key                      warning  logic
VMS278 not-an-email-address               warning  logic
VMS281 schedule-without-interval          warning  inferred
VMS282 invalid-hour                       warning  inferred
VMS283 high-frequency                     warning  inferred
VMS284 empty-backup-policy                warning  inferred
VMS291 misplaced-id                 warning  recorded
VMS292 not-an-id                          warning  recorded
VMS293 unfilled-placeholder               warning  logic
"""


def test_table_of_rules() -> None:
    table = [f"{rule.code} {rule.name} {rule.severity} {rule.evidence}" for rule in RULES]
    assert table == [" ".join(line.split()) for line in TABLE.strip().splitlines()]


def test_errors_are_not_inferred() -> None:
    """The API was never observed to refuse a well-formed spec, so errors are few."""
    certain = {Evidence.DOCUMENTED, Evidence.RECORDED, Evidence.LOGIC}
    errors = [rule for rule in RULES if rule.severity is Severity.ERROR]
    assert {rule.evidence for rule in errors} <= certain
    assert len(errors) == 9

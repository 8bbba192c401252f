"""Typical mistakes in YAML: each has one finding, on its line, with what to write instead."""

from __future__ import annotations

import pytest

from vmspec import DocumentError, loads

MISTAKES = (
    (
        "resources:\n\tmemory: 4\n",
        "2:1: error VMS001 not YAML: found character that cannot start any token; indent with spaces",
    ),
    (
        "resources:\n  memory:4\n",
        '2:3: error VMS112 resources is a single value, not a mapping; put a space after "memory:"',
    ),
    (
        "resources:\n  memory:4\n  cpu_cores: 2\n",
        "2:3: error VMS001 not YAML: a key without a value; put a colon and a space after the key",
    ),
    (
        "hostname web-1\nname: a\n",
        "1:1: error VMS001 not YAML: a key without a value; put a colon and a space after the key",
    ),
    (
        "resources\n  memory: 4\n",
        "1:1: error VMS001 not YAML: a key without a value; put a colon and a space after the key",
    ),
    (
        "resources:\n    memory: 4\n  cpu_cores: 2\n",
        "3:3: error VMS001 not YAML: did not find expected key; indent it as the keys beside it",
    ),
    (
        "resources:\n  memory: 4\n    cpu_cores: 2\n",
        "3:14: error VMS001 not YAML: mapping values are not allowed in this context; "
        "indent it as the line above",
    ),
    (
        "tags:\n  web\n",
        '2:3: error VMS112 tags is a single value, not a list; write ["…"]',
    ),
    (
        "tags:\n  web\n  db\n",
        '2:3: error VMS112 tags is a single value, not a list; write ["…"]',
    ),
    (
        "tags: web, db\n",
        '1:7: error VMS112 tags is a single value, not a list; write ["…"]',
    ),
    (
        "disk_template:\n  id: dtpl_1\n  options:\n    install_agent: true\n",
        '4:5: error VMS112 disk_template.options is a mapping, not a list; write [{"key": …, "value": …}]',
    ),
    (
        "disk_template:\n  id: dtpl_1\n  options:\n    - install_agent: true\n",
        '4:7: error VMS102 disk_template.options[0] has no key "***"; it may have key or value',
    ),
    (
        "system_disks:\n  name: a\n  size: 20\n",
        '2:3: error VMS112 system_disks is a mapping, not a list; write [{"name": …, "size": …}]',
    ),
    (
        "network_interfaces:\n  network: {id: netw_1}\n",
        '2:3: error VMS112 network_interfaces is a mapping, not a list; write [{"network": …}]',
    ),
    (
        "resources:\n  package: rock-3\n",
        "2:12: error VMS112 resources.package is a single value, not a mapping of one key; "
        'write {"id": …} or {"permalink": …}',
    ),
    (
        "data_center: uk-lon-01\n",
        "1:14: error VMS112 data_center is a single value, not a mapping of one key; "
        'write {"id": …}, {"name": …} or {"permalink": …}',
    ),
    (
        "disk_template: templates/ubuntu-22-04\n",
        "1:16: error VMS112 disk_template is a single value, not a mapping; "
        "its keys are id, permalink, version or options",
    ),
    (
        "disk_template:\n  template:\n    permalink: a/b\n",
        '2:3: error VMS102 disk_template has no key "template"; '
        "it may have id, permalink, version or options",
    ),
    (
        "disk_template:\n  permalink: a/b\n  version: v3\n",
        '3:12: error VMS107 disk_template.version is "v3"; it is a version number such as 3, or a version id',
    ),
    (
        "system_disks:\n  - size: 20GB\n",
        '2:11: error VMS107 system_disks[0].size is "20GB"; it is an integer from 1 (GB); '
        "write the number alone: 20",
    ),
    (
        "authorized_keys:\n  all_users: yes\n",
        '2:14: error VMS107 authorized_keys.all_users is "yes"; it is true or false; write true',
    ),
    (
        "dataCenter:\n  permalink: x\n",
        '1:1: error VMS102 the spec has no key "dataCenter"; did you mean data_center?',
    ),
    (
        "data-center:\n  permalink: x\n",
        '1:1: error VMS102 the spec has no key "data-center"; did you mean data_center?',
    ),
    (
        "tag:\n  - web\n",
        '1:1: error VMS102 the spec has no key "tag"; did you mean tags?',
    ),
    (
        "name: a\nname: b\n",
        '2:1: error VMS104 the spec has the key "name" twice',
    ),
    (
        'name: "web\nhostname: b\n',
        '1:7: error VMS001 not YAML: a quote that is not closed; close it with "',
    ),
    (
        "tags: [web, db\nname: a\n",
        "1:7: error VMS001 not YAML: a bracket that is not closed, or a missing comma; "
        "close it with ], or put a comma between its items",
    ),
    (
        "description: note: important\n",
        "1:18: error VMS001 not YAML: mapping values are not allowed in this context; "
        "put a value with a colon in quotes",
    ),
    (
        "name: @web\n",
        "1:7: error VMS001 not YAML: found character that cannot start any token; put the value in quotes",
    ),
    (
        "name: %web\n",
        "1:7: error VMS001 not YAML: found character that cannot start any token; put the value in quotes",
    ),
    (
        "name: `web`\n",
        "1:7: error VMS001 not YAML: found character that cannot start any token; put the value in quotes",
    ),
    (
        "name: *web\n",
        "1:7: error VMS005 a YAML alias; write the value out",
    ),
    (
        "resources: &r\n  memory: 4\n",
        "1:12: error VMS005 a YAML anchor; leave it out",
    ),
    (
        "resources: {memory: 4}\n<<: {name: a}\n",
        '2:1: error VMS102 the spec has no key "<<"; merge keys are not read; write the keys out',
    ),
    (
        "name: !!str web\n",
        "1:7: error VMS005 a YAML tag; types come from the format; leave it out",
    ),
    (
        "name: a\n---\nname: b\n",
        "2:1: error VMS005 a second YAML document; keep one spec a file",
    ),
    (
        "cloud_init:\n  user_data: #cloud-config\n    packages: [nginx]\n",
        "3:5: error VMS112 cloud_init.user_data is a mapping, not a string; "
        'write "|" after the key to begin a block of text',
    ),
    (
        "cloud_init:\n  user_data: |\n  #cloud-config\n  packages: [nginx]\n",
        '4:3: error VMS102 cloud_init has no key "***"; it may have user_data; '
        "the text of a block is indented further than its key",
    ),
    (
        "authorized_keys:\n  users:\n    - user_1\n",
        "3:7: error VMS112 authorized_keys.users[0] is a single value, not a mapping of one key; "
        'write {"id": …} or {"email_address": …}',
    ),
    (
        "authorized_keys:\n  users: all\n",
        "2:10: error VMS112 authorized_keys.users is a single value, not a list; write all_users: true",
    ),
    (
        "data_center:\n  by: permalink\n  value: uk-lon-01\n",
        '2:3: error VMS103 data_center has no key "by"; look it up by id, name or permalink',
    ),
    (
        "data_center:\n  id: loc_1\n  permalink: uk-lon-01\n",
        "3:3: error VMS103 data_center has two keys, id and permalink; a lookup has one; "
        "leave one of them out",
    ),
    (
        "tags:\n  - web\n  -\n",
        "3:4: error VMS107 tags[1] is null; it is a string; leave it out",
    ),
    (
        "name: {{ name }}\n",
        "1:8: error VMS005 a key that is not a single value; put text with braces in quotes",
    ),
    (
        'name: "web" server\n',
        "1:13: error VMS001 not YAML: did not find expected key; put the whole value in quotes",
    ),
    (
        'description: "C:\\windows"\n',
        "1:17: error VMS001 not YAML: found unknown escape character; "
        "write \\\\ for \\, or use single quotes",
    ),
    (
        "tags:\n  -web\n  -db\n",
        "2:3: error VMS112 tags is a single value, not a list; put a space after each dash",
    ),
    (
        "",
        "1:1: error VMS001 the document is empty",
    ),
    (
        "- name: a\n",
        "1:1: error VMS112 the spec is a list, not a mapping",
    ),
    (
        "cloud_init: |\n  #cloud-config\n",
        "1:13: error VMS112 cloud_init is a single value, not a mapping; its keys are user_data",
    ),
)


@pytest.mark.parametrize(("text", "finding"), MISTAKES)
def test_mistake_has_one_finding_that_says_what_to_write(text: str, finding: str) -> None:
    with pytest.raises(DocumentError) as caught:
        loads(text, "yaml")
    assert [str(found) for found in caught.value.findings] == [finding]

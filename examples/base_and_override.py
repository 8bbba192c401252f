"""Build machines from a base and overrides in files: replicas, and a fleet from a CSV table."""

import csv
from pathlib import Path

from vmspec import VM, check_fleet

Path("base.yaml").write_text(
    """\
data_center: {permalink: uk-lon-01}
resources: {package: {permalink: rock-3}}
disk_template:
  permalink: templates/ubuntu-22-04
  options: [{key: install_agent, value: "true"}]
system_disks: [{name: System, size: 20}]
network_interfaces: [{network: {permalink: uk-lon-01-public}}]
authorized_keys: {all_users: true, all_ssh_keys: true}
tags: [shop]
"""
)
Path("database.yaml").write_text("resources: {package: {permalink: rock-12}}\ntags: [database]\n")
Path("fleet.csv").write_text("hostname,package,data_gb\nweb-1,rock-3,50\nweb-2,rock-6,100\n")

# What the override says replaces what the base says; tags are merged.
base = VM.load("base.yaml")
database = base.merged(VM.load("database.yaml")).without_tags("shop").replace_disk("System", size=40)
print(database.hostname("db-1").to_xml())

# Replicas
replicas = [base.hostname(f"worker-{number}").build() for number in range(1, 4)]

# A fleet from a CSV table
with Path("fleet.csv").open(newline="", encoding="utf-8") as file:
    fleet = [
        base.hostname(row["hostname"]).package(row["package"]).disk(int(row["data_gb"]), name="Data").build()
        for row in csv.DictReader(file)
    ]

assert check_fleet([*replicas, *fleet]) == ()
print(*(spec.hostname for spec in (*replicas, *fleet)))

"""Build the spec of a web server, validate it and write it as XML."""

from vmspec import VM, dump, existing_ip, new_ipv4, validate

web = (
    VM("web-1")
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/ubuntu-22-04", install_agent=True)
    .disk(20, name="System", speed="nvme")
    .disk(100, name="Data")
    .network("uk-lon-01-public", new_ipv4(), existing_ip("ip_Q3k1LZddqvzMH21b"), speed_profile="1gbps")
    .authorize(users="all", ssh_keys="all")
    .backup(retention=7, every="daily", at=2)
    .tags("web", "public")
)
spec = web.build()

report = validate(spec)
print(f"{spec.hostname}: {len(report.findings)} findings")
for disk in spec.system_disks:
    print(f"  {disk.name}: {disk.size} GB")

dump(spec, "web.xml")
print("wrote web.xml")

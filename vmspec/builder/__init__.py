"""The builder of specs: ``VM`` and the values that its methods take."""

from vmspec.builder.arguments import backup_policy, existing_ip, new_ipv4, new_ipv6
from vmspec.builder.source import to_python
from vmspec.builder.vm import VM

__all__ = ["VM", "backup_policy", "existing_ip", "new_ipv4", "new_ipv6", "to_python"]

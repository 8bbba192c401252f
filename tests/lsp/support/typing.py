"""Random edits of a document, as by a person with a keyboard and a clipboard."""

from __future__ import annotations

from random import Random

from vmspec import VM, backup_policy, new_ipv4

SPEC = (
    VM("web-1")
    .data_center("uk-lon-01")
    .package("rock-3")
    .template("templates/ubuntu-22-04", install_agent=True)
    .cloud_init("#cloud-config\npassword: hunter2\n")
    .disk(20, name="Größe 𝒳", speed="nvme", backup=backup_policy(retention=7, every="daily"))
    .network("uk-lon-01-public", new_ipv4())
    .authorize(users="all", ssh_keys=["ssh-ed25519 AAAA"])
    .tags("web", "public")
    .spec
)

_TYPED = [
    *"<>/\"'&:{}[],-= \n\r\t#|!*?@x0",
    "é",
    "𝒳",
    "\u2028",
    "\x0b",
    "\ud800",
    "\ufeff",
    "<!--",
    "<Disk",
    "- ",
    "  ",
]


def edited(text: str, random: Random) -> str:
    """Return a text with a piece typed, deleted, or copied to another place."""
    at, other = random.randrange(len(text) + 1), random.randrange(len(text) + 1)
    match random.randrange(4):
        case 0 | 1:
            return text[:at] + random.choice(_TYPED) + text[at:]
        case 2:
            return text[:at] + text[at + random.randrange(1, 30) :]
        case _:
            return text[:at] + text[other : other + random.randrange(40)] + text[at:]

"""SSH keys that are listed one by one."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.elements import AuthorizedKeys
from vmspec.validation.rules.naming import KEPT
from vmspec.validation.rules.registry import Evidence, Problem, Problems, is_blank, is_padded, rule


@rule(
    "VMS274",
    "ssh-key-twice",
    of=AuthorizedKeys,
    at="ssh_keys",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="a key is authorized or not",
)
def ssh_key_twice(keys: AuthorizedKeys) -> Problems:
    """An SSH key is listed twice.

    The second one does nothing; perhaps another key was meant.

    Example:

        <AuthorizedKeys>
          <SSHKeys>
            <SSHKey>ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ada</SSHKey>
            <SSHKey>ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ada</SSHKey>
          </SSHKeys>
        </AuthorizedKeys>

    Use instead:

        <AuthorizedKeys>
          <SSHKeys>
            <SSHKey>ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ada</SSHKey>
          </SSHKeys>
        </AuthorizedKeys>
    """
    if len(keys.ssh_keys) < 2:
        return ()
    seen: set[str] = set()
    problems: list[Problem] = []
    for index, key in enumerate(keys.ssh_keys):
        if key in seen and not is_blank(key):
            problems.append(Problem(f"ssh_keys[{index}]", "an SSH key a second time", "keep one of them"))
        seen.add(key)
    return problems


@rule(
    "VMS275",
    "padded-ssh-key",
    of=AuthorizedKeys,
    at="ssh_keys",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source=KEPT,
)
def padded_ssh_key(keys: AuthorizedKeys) -> Problems:
    """An SSH key begins or ends with a blank, which is kept.

    A line end after a key that was read from a file is the usual reason. Where the key is an id, it is
    another one with a blank.

    Example:

        <AuthorizedKeys>
          <SSHKeys>
            <SSHKey>ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ada
        </SSHKey>
          </SSHKeys>
        </AuthorizedKeys>

    Use instead:

        <AuthorizedKeys>
          <SSHKeys>
            <SSHKey>ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ada</SSHKey>
          </SSHKeys>
        </AuthorizedKeys>
    """
    padded = [index for index, key in enumerate(keys.ssh_keys) if is_padded(key) and not is_blank(key)]
    message, hint = "an SSH key begins or ends with a blank, which is kept", "take the blank away"
    return [Problem(f"ssh_keys[{index}]", message, hint) for index in padded]


@rule(
    "VMS277",
    "blank-ssh-key",
    of=AuthorizedKeys,
    at="ssh_keys",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="no key is blank",
)
def blank_ssh_key(keys: AuthorizedKeys) -> Problems:
    """An SSH key is blank.

    It lets nobody in. Often a variable of a template engine was empty.

    Example:

        <AuthorizedKeys>
          <SSHKeys>
            <SSHKey></SSHKey>
          </SSHKeys>
        </AuthorizedKeys>

    Use instead:

        <AuthorizedKeys>
          <SSHKeys>
            <SSHKey>ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ada</SSHKey>
          </SSHKeys>
        </AuthorizedKeys>
    """
    blank = [index for index, key in enumerate(keys.ssh_keys) if is_blank(key)]
    return [
        Problem(f"ssh_keys[{index}]", "a blank SSH key", "fill it in, or leave it out") for index in blank
    ]

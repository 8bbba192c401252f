"""Rules about authorized users and SSH keys."""

from __future__ import annotations

from vmspec.findings import Severity
from vmspec.model.elements import AuthorizedKeys
from vmspec.text import quote
from vmspec.validation.rules.naming import WHITESPACE_IS_KEPT
from vmspec.validation.rules.registry import (
    Evidence,
    Problem,
    Problems,
    is_blank,
    is_padded,
    problems_at,
    repeats,
    rule,
)


@rule(
    "VMS271",
    "list-beside-all",
    AuthorizedKeys,
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source='the vendor\'s library writes all="yes" and drops the list',
)
def list_beside_all(keys: AuthorizedKeys) -> Problems:
    """All users or all SSH keys are authorized, and some are listed as well.

    The list does not restrict access: everybody is authorized. Perhaps only the listed ones were intended.

    Example:

        <AuthorizedKeys>
          <Users all="yes">
            <User by="email_address">ada@example.org</User>
          </Users>
        </AuthorizedKeys>

    Use instead:

        <AuthorizedKeys>
          <Users>
            <User by="email_address">ada@example.org</User>
          </Users>
        </AuthorizedKeys>
    """
    hint = "remove the list, or do not authorize all"
    problems: list[Problem] = []
    if keys.all_users and keys.users:
        problems.append(Problem("users", "users are listed although all users are authorized", hint))
    if keys.all_ssh_keys and keys.ssh_keys:
        problems.append(Problem("ssh_keys", "SSH keys are listed although all SSH keys are authorized", hint))
    return problems


@rule(
    "VMS272",
    "nobody-authorized",
    AuthorizedKeys,
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source='in the vendor\'s library, only all="yes" or an entry authorizes anybody',
)
def nobody_authorized(keys: AuthorizedKeys) -> Problems:
    """The authorized keys contain neither a user nor an SSH key.

    Nobody can log in with a key, only with the password in Katapult's console. A spec without authorized keys
    is not reported.

    Example:

        <AuthorizedKeys>
          <Users all="no"/>
        </AuthorizedKeys>

    Use instead:

        <AuthorizedKeys>
          <Users all="yes"/>
        </AuthorizedKeys>
    """
    if keys.all_users or keys.all_ssh_keys or keys.users or keys.ssh_keys:
        return ()
    return [Problem("", "no user and no SSH key is authorized", "authorize all, or list some")]


@rule(
    "VMS273",
    "user-twice",
    AuthorizedKeys,
    when_field="users",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="a user is either authorized or not",
)
def user_twice(keys: AuthorizedKeys) -> Problems:
    """A user is listed twice.

    The second one has no effect; perhaps another user was intended.

    Example:

        <AuthorizedKeys>
          <Users>
            <User by="email_address">ada@example.org</User>
            <User by="email_address">ada@example.org</User>
          </Users>
        </AuthorizedKeys>

    Use instead:

        <AuthorizedKeys>
          <Users>
            <User by="email_address">ada@example.org</User>
          </Users>
        </AuthorizedKeys>
    """
    problems: list[Problem] = []
    for index in repeats(keys.users):
        message = f"user {quote(keys.users[index].value)} is listed twice"
        problems.append(Problem(f"users[{index}]", message, "remove one of them"))
    return problems


@rule(
    "VMS274",
    "ssh-key-twice",
    AuthorizedKeys,
    when_field="ssh_keys",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="a key is either authorized or not",
)
def ssh_key_twice(keys: AuthorizedKeys) -> Problems:
    """An SSH key is listed twice.

    The second one has no effect; perhaps another key was intended.

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
    twice = [index for index in repeats(keys.ssh_keys) if not is_blank(keys.ssh_keys[index])]
    return problems_at("ssh_keys", twice, "the SSH key is listed twice", "remove one of them")


@rule(
    "VMS275",
    "padded-ssh-key",
    AuthorizedKeys,
    when_field="ssh_keys",
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source=WHITESPACE_IS_KEPT,
)
def padded_ssh_key(keys: AuthorizedKeys) -> Problems:
    """An SSH key begins or ends with whitespace, which becomes part of it.

    Usually it is the line end of a key that was read from a file. If the key is an id, whitespace makes it
    another id.

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
    message = "the SSH key begins or ends with whitespace, which becomes part of it"
    return problems_at("ssh_keys", padded, message, "remove the whitespace")


@rule(
    "VMS276",
    "empty-access-list",
    AuthorizedKeys,
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library omits an empty list",
)
def empty_access_list(keys: AuthorizedKeys) -> Problems:
    """A list of users or SSH keys is empty and has no `all`.

    It authorizes nobody. Often `all="yes"` was forgotten, or a loop of a template engine had no items. A list
    with `all="no"` is not reported.

    Example:

        <AuthorizedKeys>
          <Users/>
          <SSHKeys all="yes"/>
        </AuthorizedKeys>

    Use instead:

        <AuthorizedKeys>
          <Users all="yes"/>
          <SSHKeys all="yes"/>
        </AuthorizedKeys>
    """
    hint = "authorize all, list some, or remove it"
    problems: list[Problem] = []
    if keys.all_users is None and not keys.users:
        problems.append(Problem("users", "the list of users is empty", hint, if_written=True))
    if keys.all_ssh_keys is None and not keys.ssh_keys:
        problems.append(Problem("ssh_keys", "the list of SSH keys is empty", hint, if_written=True))
    return problems


@rule(
    "VMS277",
    "blank-ssh-key",
    AuthorizedKeys,
    when_field="ssh_keys",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="a key cannot be blank",
)
def blank_ssh_key(keys: AuthorizedKeys) -> Problems:
    """An SSH key is blank.

    It authorizes nobody. Often a variable of a template engine was empty.

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
    return problems_at("ssh_keys", blank, "the SSH key is blank", "fill it in, or remove it")

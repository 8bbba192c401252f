"""Who is let in: all, those listed, or nobody."""

from __future__ import annotations

from vmspec.documents.messages import quote
from vmspec.findings import Severity
from vmspec.model.elements import AuthorizedKeys
from vmspec.model.values import User
from vmspec.validation.rules.registry import Evidence, Problem, Problems, rule


@rule(
    "VMS271",
    "list-beside-all",
    of=AuthorizedKeys,
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library writes the wish for all and drops the list",
)
def list_beside_all(keys: AuthorizedKeys) -> Problems:
    """All users or all SSH keys are authorized, and some are listed too.

    The list narrows nothing down: everybody is let in. Whoever wrote it may have meant only those.

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
    problems: Problems = ()
    if keys.all_users and keys.users:
        hint = "leave the list out, or do not authorize all"
        problems = [Problem("users", "users are listed where all are authorized", hint)]
    if keys.all_ssh_keys and keys.ssh_keys:
        hint = "leave the list out, or do not authorize all"
        problems = [*problems, Problem("ssh_keys", "SSH keys are listed where all are authorized", hint)]
    return problems


@rule(
    "VMS272",
    "nobody-let-in",
    of=AuthorizedKeys,
    severity=Severity.WARNING,
    evidence=Evidence.INFERRED,
    source='only all="yes" or an entry authorizes anybody in the vendor\'s library',
)
def nobody_let_in(keys: AuthorizedKeys) -> Problems:
    """Authorized keys are spoken of, and neither a user nor an SSH key is authorized.

    The machine starts and nobody's key opens it; what is left is the password that Katapult shows in
    its console. A spec that says nothing of authorized keys at all is taken at its word.

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
    of=AuthorizedKeys,
    at="users",
    severity=Severity.WARNING,
    evidence=Evidence.LOGIC,
    source="a user is authorized or not",
)
def user_twice(keys: AuthorizedKeys) -> Problems:
    """A user is listed twice.

    The second one does nothing; perhaps another user was meant.

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
    if len(keys.users) < 2:
        return ()
    seen: set[User] = set()
    problems: list[Problem] = []
    for index, user in enumerate(keys.users):
        if user in seen:
            message = f"user {quote(user.value)} a second time"
            problems.append(Problem(f"users[{index}]", message, "keep one of them"))
        seen.add(user)
    return problems


@rule(
    "VMS276",
    "lists-nobody",
    of=AuthorizedKeys,
    severity=Severity.WARNING,
    evidence=Evidence.CODE,
    source="the vendor's library leaves an empty list out when it writes",
)
def lists_nobody(keys: AuthorizedKeys) -> Problems:
    """A list of users or of SSH keys is there and empty, and does not speak of all.

    It authorizes nobody. Often the wish for all was forgotten, or a template engine's loop had nothing
    to go through. A list that says `all="no"` is taken at its word.

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
    hint = "authorize all, list some, or leave it out"
    problems: list[Problem] = []
    if keys.all_users is None and not keys.users:
        problems.append(Problem("users", "the list of users is empty", hint, if_written=True))
    if keys.all_ssh_keys is None and not keys.ssh_keys:
        problems.append(Problem("ssh_keys", "the list of SSH keys is empty", hint, if_written=True))
    return problems

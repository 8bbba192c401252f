"""Diagnostics, and what an editor can do about them: fixes, explanations and formatting."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from vmspec.errors import DocumentError
from vmspec.findings import Finding, Severity
from vmspec.lsp.text import Select, Text
from vmspec.validation.fixing import fix_document
from vmspec.validation.formatting import format_document
from vmspec.validation.pages import find_page

EXPLAIN = "vmspec.explain"
"""The command that shows the page of a code."""

QUICK_FIX = types.CodeActionKind.QuickFix.value
FIX_ALL = "source.fixAll.vmspec"

LARGE_DOCUMENT = 1 << 16
"""Characters from which fixing everything is offered only where an editor asks for it."""

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


def diagnostics(text: Text, select: Select) -> list[types.Diagnostic]:
    """Return the findings of a document."""
    return [_diagnostic(text, finding) for finding in text.findings(select)]


def _diagnostic(text: Text, finding: Finding) -> types.Diagnostic:
    message = f"{finding.message}; {finding.hint}" if finding.hint else finding.message
    return types.Diagnostic(
        range=text.range_of_finding(finding),
        message=message,
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        source="vmspec",
    )


def code_actions(text: Text, params: types.CodeActionParams, select: Select) -> list[types.CodeAction]:
    """Return the fixes and explanations of the findings in a range, and one fix of all that is certain."""
    only = params.context.only
    actions: list[types.CodeAction] = []
    if _is_wanted(QUICK_FIX, only):
        for finding in text.findings(select):
            if _overlap(text.range_of_finding(finding), params.range):
                actions += _actions_for(text, finding)
    if _is_wanted(FIX_ALL, only):
        actions += _fix_all(text, select, is_asked_for=only is not None)
    return actions


def _is_wanted(kind: str, only: object) -> bool:
    """Return True if a client asks for a kind of actions, or for a kind that it belongs to."""
    if not isinstance(only, (list, tuple)):
        return True
    return any(f"{kind}.".startswith(f"{getattr(wanted, 'value', wanted)}.") for wanted in only)


def _overlap(first: types.Range, second: types.Range) -> bool:
    def key(position: types.Position) -> tuple[int, int]:
        return position.line, position.character

    return key(first.start) <= key(second.end) and key(second.start) <= key(first.end)


def _actions_for(text: Text, finding: Finding) -> Iterator[types.CodeAction]:
    diagnostic = _diagnostic(text, finding)
    if finding.fix is not None:
        edits = [types.TextEdit(text.range_of_edit(edit), edit.text) for edit in finding.fix.edits]
        title = f"Fix: {finding.hint or finding.message}"
        yield types.CodeAction(
            title=title if finding.fix.safe else f"{title} (unsafe)",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic],
            is_preferred=finding.fix.safe,
            edit=types.WorkspaceEdit(changes={text.uri: edits}),
        )
    page = find_page(finding.code)
    if page is not None:
        title = f"Explain {page.code} {page.name}"
        yield types.CodeAction(
            title=title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic],
            command=types.Command(title, EXPLAIN, arguments=[page.code]),
        )


def _fix_all(text: Text, select: Select, *, is_asked_for: bool) -> list[types.CodeAction]:
    fixable = [finding for finding in text.findings(select) if finding.fix is not None and finding.fix.safe]
    is_slow = len(text.source) > LARGE_DOCUMENT
    if not fixable or (not is_asked_for and (len(fixable) < 2 or is_slow)):
        return []
    fixed = fix_document(text.source.encode(), text.format, select=select).data.decode()
    if fixed == text.source:
        return []
    edit = types.WorkspaceEdit(changes={text.uri: [types.TextEdit(text.whole, fixed)]})
    return [types.CodeAction("Fix all that vmspec can", kind=FIX_ALL, edit=edit)]


def formatting(text: Text) -> list[types.TextEdit]:
    """Return the edit that formats a document; none if it has errors or would change its findings."""
    if not text.is_spec:
        return []
    try:
        formatted = format_document(text.data, text.format)
    except DocumentError:
        return []
    if formatted is None or formatted == text.source:
        return []
    return [types.TextEdit(text.whole, formatted)]

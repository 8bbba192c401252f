"""The language server: findings, fixes, completion and explanations of specs in an editor.

It reads nothing but the documents that the editor sends, and opens no socket. ``vmspec lsp`` runs it; the
package needs the extra ``lsp``.
"""

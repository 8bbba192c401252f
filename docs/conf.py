"""Configuration of the site. Build it with ``sphinx-build -W docs site``."""

from __future__ import annotations

import os
from pathlib import Path

from sphinx.application import Sphinx

from vmspec import __version__

project = "vmspec"
release = version = __version__
copyright = "the vmspec authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "notfound.extension"]
exclude_patterns = ["_build"]

myst_heading_anchors = 3
"""Headings have the anchors that they have on GitHub."""
suppress_warnings = ["myst.xref_missing"] if os.environ.get("VMSPEC_DRAFT") else []

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

html_theme = "furo"
html_title = f"vmspec {version}"
html_static_path = ["_static"]
html_favicon = "_static/favicon.svg"
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_baseurl = os.environ.get("VMSPEC_SITE_URL", "")
"""The address of the published site, if it is known."""
notfound_urls_prefix = os.environ.get("VMSPEC_SITE_PREFIX", "/")
"""The path of the published site, for the links of the page that is shown for unknown addresses."""

repository = os.environ.get("VMSPEC_REPOSITORY", "")
"""The address of the repository, to which each page has a link for editing."""
html_theme_options = {"source_repository": repository, "source_branch": "main", "source_directory": "docs/"}
if not repository:
    html_theme_options = {"top_of_page_buttons": []}

copybutton_prompt_text = r"\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True


def write_llms_txt(app: Sphinx, exception: Exception | None) -> None:
    """Write a list of all pages for language models, as llmstxt.org proposes it."""
    if exception is not None:
        return
    lines = ["# vmspec", "", "> Specs of Katapult virtual machines: build, check, write and submit them.", ""]
    for name, title in sorted(app.env.titles.items()):
        if name != "404":
            lines.append(f"- [{title.astext()}]({html_baseurl}{app.builder.get_target_uri(name)})")
    (Path(app.outdir) / "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register what is written after the pages."""
    app.connect("build-finished", write_llms_txt)

"""The pages of ``docs/rules``."""

from __future__ import annotations

from vmspec.validation.pages import markdown, pages

INDEX = """\
# Codes and rules

`vmspec rules` prints this list, and `vmspec explain CODE` prints one page.

| codes | reported for |
|---|---|
| VMS0xx | documents that cannot be read |
| VMS1xx | content that the grammar does not allow |
| VMS2xx | rules: specs that are wrong or doubtful |
| VMS3xx | comments that suppress findings |
| VMS40x | problems between specs |
| VMS41x to VMS45x | specs that do not fit the [organization](../how-to/catalogue.md) |

Each rule states its evidence: *documented* (the vendor's pages or API description), *recorded* (traffic with
the API), *vendor's code* (the vendor's library, command line or Terraform provider), *logic* (it follows from
the meaning of the values), *inferred* (our own conclusion; the API may disagree), or *vmspec* (about vmspec).

```{toctree}
:hidden:
:glob:

VMS*
```

| code | name | severity | evidence | summary |
|---|---|---|---|---|"""


def rule_pages() -> dict[str, str]:
    """Return the text of each file by name."""
    return {"index.md": _index()} | {f"{page.code}.md": markdown(page) for page in pages().values()}


def _index() -> str:
    rows: list[str] = []
    for page in pages().values():
        link = f"[{page.code}]({page.code}.md)"
        rows.append(f"| {link} | {page.name} | {page.severity} | {page.evidence} | {page.summary} |")
    return "\n".join([INDEX, *rows, ""])

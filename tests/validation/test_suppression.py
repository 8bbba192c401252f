"""Comments that suppress findings: where they apply, and what is reported about wrong ones."""

from __future__ import annotations

import pytest

from vmspec import validate
from vmspec.documents import FormatName

from .documents import whole, whole_yaml

SMALL = "<Disk><Size>5</Size></Disk>"
SMALL_FOUND = ("VMS242", "the disk has only 5 GB", "use at least 10 GB")
UNUSED = ("VMS301", "there is nothing to suppress for VMS242", "remove the comment")
FORM = "write vmspec: ignore[CODE] reason"


def found(text: str, format: FormatName) -> list[tuple[str, str, str | None]]:
    return [(f.code, f.message, f.hint) for f in validate(text, format).findings]


def disks(*lines: str) -> str:
    return whole("\n".join(["<SystemDisks>", *lines, "</SystemDisks>"]))


def note(code: str = "VMS242", reason: str = "a scratch disk") -> str:
    return f"<!-- vmspec: ignore[{code}] {reason} -->"


class TestInXML:
    @pytest.mark.parametrize("code", ["VMS242", "small-disk", "vms242", " Small-Disk ", "VMS241,VMS242"])
    def test_comment_before_the_element_suppresses_by_code_or_name(self, code: str) -> None:
        text = disks(note(code), "<Disk>", "<Size>5</Size></Disk>")
        assert [code for code, *_ in found(text, "xml")] == (["VMS301"] if "," in code else [])

    def test_comment_may_be_before_the_field_or_an_element_around_it(self) -> None:
        right_before = f"<Disk>{note()}<Size>5</Size></Disk>"
        assert found(disks(right_before), "xml") == []
        assert found(disks(SMALL).replace("<SystemDisks>", note() + "<SystemDisks>"), "xml") == []
        assert found(note() + disks(SMALL), "xml") == []

    def test_one_comment_covers_all_findings_in_its_element(self) -> None:
        text = disks(SMALL, SMALL).replace("<SystemDisks>", note() + "<SystemDisks>")
        assert found(text, "xml") == []

    def test_comment_does_not_affect_neighbours(self) -> None:
        assert found(disks(SMALL, note(), "<Disk><Size>10</Size></Disk>"), "xml") == [SMALL_FOUND, UNUSED]
        assert found(disks(note(), SMALL, SMALL), "xml") == [SMALL_FOUND]

    def test_nearest_of_several_comments_is_used(self) -> None:
        text = disks(note(), SMALL).replace("<SystemDisks>", note() + "<SystemDisks>")
        assert found(text, "xml") == [UNUSED]
        assert found(disks(note(), note(), SMALL), "xml") == [UNUSED]

    def test_one_element_may_have_several_comments(self) -> None:
        text = disks(note(), "<!-- not for vmspec: this one -->", note("padded-disk-name"))
        assert found(text.replace("</Sys", "<Disk><Size>5</Size><Name> a</Name></Disk></Sys"), "xml") == []

    def test_reason_may_have_several_lines(self) -> None:
        assert found(disks(note(reason="one\n  two"), SMALL), "xml") == []

    @pytest.mark.parametrize(
        "field",
        ["<Hostname>{}<Hostname>A</Hostname></Hostname>", "{}<Hostname><Hostname>A</Hostname></Hostname>"],
    )
    def test_comment_may_be_before_either_of_two_nested_elements(self, field: str) -> None:
        assert found(whole(field.format(note("VMS231")).removeprefix("\n")), "xml") == []

    def test_comment_about_a_missing_element_goes_before_the_root(self) -> None:
        text = whole("", without="DiskTemplate")
        assert found(f'<?xml version="1.0"?>\n{note("nothing-to-boot")}\n{text}', "xml") == []

    def test_comment_at_the_end_of_an_element_or_in_a_value_is_unused(self) -> None:
        text = disks(SMALL, note()).replace("<Size>5", f"<Size>5{note()}")
        assert found(text, "xml") == [SMALL_FOUND, UNUSED, UNUSED]

    def test_text_that_looks_like_a_comment_is_ignored(self) -> None:
        text = whole(f"<Description><![CDATA[{note()}]]> vmspec: ignore[VMS242] x</Description>")
        assert found(text, "xml") == []


class TestInYAML:
    @pytest.mark.parametrize(
        "text",
        [
            "system_disks:\n  - size: 5 # vmspec: ignore[VMS242] scratch",
            "system_disks:\n  - name: a\n    size: 5   #vmspec: ignore[small-disk] scratch",
            "system_disks:\n  # vmspec: ignore[VMS242] scratch\n  - size: 5",
            "system_disks:\n  - name: a\n    # vmspec: ignore[VMS242] scratch\n\n    # ?\n    size: 5",
            "system_disks:\n  # vmspec: ignore[VMS242] scratch\n  - name: a\n    size: 5",
            "system_disks:\n  - # vmspec: ignore[VMS242] scratch\n    name: a\n    size: 5",
            "system_disks:\n-   # vmspec: ignore[VMS242] scratch\n\n  # ?\n  name: a\n  size: 5",
            "system_disks: # vmspec: ignore[VMS242] scratch\n  - size: 5\n  - size: 5",
            "# vmspec: ignore[VMS242] scratch\nsystem_disks:\n  - size: 5",
            "system_disks: [{size: 5}] # vmspec: ignore[VMS242] scratch",
        ],
    )
    def test_comment_goes_before_the_line_or_at_its_end(self, text: str) -> None:
        assert found(whole_yaml(text), "yaml") == []

    @pytest.mark.parametrize(
        "text",
        [
            "system_disks:\n  # vmspec: ignore[VMS242] x\n  - size: 10\n  - size: 5",
            "system_disks:\n  - # vmspec: ignore[VMS242] x\n    size: 10\n  -\n    size: 5",
            "system_disks: # vmspec: ignore[VMS241] x\n  - size: 5",
            "system_disks:\n  - size: 5\n# vmspec: ignore[VMS242] x",
            "system_disks:\n  - size: 5\nname: a # vmspec: ignore[VMS242] x",
        ],
    )
    def test_comment_elsewhere_is_unused(self, text: str) -> None:
        assert sorted(code for code, *_ in found(whole_yaml(text), "yaml")) == ["VMS242", "VMS301"]

    def test_comment_about_a_missing_key_goes_to_the_top(self) -> None:
        text = "# vmspec: ignore[no-location] elsewhere\n---\nresources: {package: {permalink: a}}\n"
        assert found(text + "disk_template: {permalink: a/b}\nsystem_disks: [{size: 5}]", "yaml") == [
            SMALL_FOUND
        ]

    def test_text_that_looks_like_a_comment_is_ignored(self) -> None:
        text = (
            "cloud_init:\n  user_data: |\n    #!/bin/sh\n    # vmspec: ignore[VMS242] a\n"
            'name: "a # vmspec: ignore[VMS242]\n  b # vmspec: ignore[VMS242] c"'
        )
        assert found(whole_yaml(text), "yaml") == []

    def test_json_has_no_comments(self) -> None:
        assert found('{"name": "vmspec: ignore[VMS242] x", "hostname": "!"}', "json")[0][0] == "VMS201"


class TestProblemsOfComments:
    @pytest.mark.parametrize("format", ["xml", "yaml"])
    @pytest.mark.parametrize(
        ("comment", "problem"),
        [
            ("ignore[VMS242] a", UNUSED),
            (
                "ignore[VMS242]",
                ("VMS302", "the suppression of VMS242 has no effect without a reason", FORM),
            ),
            (
                "ignore[small-dsk] a",
                ("VMS303", '"small-dsk" is not a code or the name of a rule', "did you mean small-disk?"),
            ),
            ("ignore[VMS999] a", ("VMS303", '"VMS999" is not a code or the name of a rule', None)),
            ("ignore[] a", ("VMS303", '"" is not a code or the name of a rule', None)),
            (
                "ignore[VMS102] a",
                (
                    "VMS303",
                    "VMS102 unknown-name does not belong to a rule and cannot be suppressed",
                    "remove the comment",
                ),
            ),
            (
                "ignore VMS242 a",
                ("VMS303", "the comment for vmspec has an unknown form", FORM),
            ),
            (
                "ignroe[VMS242] a",
                ("VMS303", "the comment for vmspec has an unknown form", FORM),
            ),
        ],
    )
    def test_problem_is_reported(
        self, format: FormatName, comment: str, problem: tuple[str, str, str]
    ) -> None:
        text = whole(f"<!-- vmspec: {comment} -->\n<Name>a</Name>")
        if format == "yaml":
            text = whole_yaml(f"name: a # vmspec: {comment}")
        assert found(text, format) == [problem]

    def test_problem_has_the_position_of_the_comment(self) -> None:
        [in_xml] = validate(whole(f"<Name>é</Name>{note()}"), "xml").findings
        assert (in_xml.path, in_xml.line, in_xml.column) == ("", 2, 15)
        [in_yaml] = validate("---\n" + whole_yaml("name: é # vmspec: ignore[VMS242] x")[4:], "yaml").findings
        assert (in_yaml.path, in_yaml.line, in_yaml.column) == ("", 5, 9)

    def test_comment_without_a_reason_has_no_effect(self) -> None:
        codes = [code for code, *_ in found(disks(note(reason=""), SMALL), "xml")]
        assert codes == ["VMS302", "VMS242"]

    def test_grammar_findings_are_not_suppressed(self) -> None:
        assert [code for code, *_ in found(whole(f"{note('VMS102')}<Nmae/>"), "xml")] == ["VMS102"]

    def test_many_problems_are_summarized(self) -> None:
        text = "tags: [] # vmspec: ignore[" + "a," * 100_000 + "]\n" + "# vmspec: ignore[b] c\n" * 20_000
        report = validate(text, "yaml")
        assert report.findings[-1].message.endswith("more findings in this document")


def test_suppressed_error_leaves_the_report_ok() -> None:
    text = whole("", without="Resources")
    assert not validate(text).ok
    assert validate(note("no-resources") + text).ok

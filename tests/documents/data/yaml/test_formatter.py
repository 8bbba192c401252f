"""Formatting of YAML: canonical text with the comments and blank lines of the source."""

from __future__ import annotations

import pytest

from vmspec.documents.formats import format_text


def formatted(text: str) -> str:
    """Return formatted YAML; check that formatting it again changes nothing."""
    result = format_text(text, "yaml")
    assert format_text(result, "yaml") == result
    return result


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("name: 'web'\n", "name: web\n"),
        ("name: web", "name: web\n"),
        ("name: web\r\ntags: [a]\r\n", "name: web\ntags:\n  - a\n"),
        ('tags: ["no", "1", b]\n', 'tags:\n  - "no"\n  - "1"\n  - b\n'),
        ("tags:\n- a\n", "tags:\n  - a\n"),
        ("tags: []\nname:\ndescription: ''\n", 'description: ""\n'),
        ("resources: {}\n", "resources: {}\n"),
        ("{}\n", "{}\n"),
        ("iso: {id: iso_1}\n", "iso: iso_1\n"),
        ("name: web\n$schema: x.json\n", "$schema: x.json\nname: web\n"),
        ("name: web\n...\n", "name: web\n"),
    ],
)
def test_document_without_comments_becomes_canonical(source: str, expected: str) -> None:
    assert formatted(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("name: web # x\nzone: {id: zone_1}\n", "zone:\n  id: zone_1\nname: web  # x\n"),
        ("# x\nname: web\nzone: {id: zone_1}\n", "zone:\n  id: zone_1\n# x\nname: web\n"),
        ("name: # x\n  web\n", "name: web  # x\n"),
        ("name:\n  # x\n  web # y\n", "# x\nname: web  # y\n"),
        ("tags: [a, # x\n  b] # y\n", "tags:\n  - a  # x\n  - b  # y\n"),
        ("tags: [a, b] # x\n", "tags:  # x\n  - a\n  - b\n"),
        ("tags: [\n  a\n  # x\n]\n", "tags:\n  - a\n  # x\n"),
        ("tags:\n- # x\n  a\n", "tags:\n  # x\n  - a\n"),
        ("tags: [] # x\nname: # y\n", "name: null  # y\ntags: []  # x\n"),
        ("iso:\n  # x\n  id: iso_1\n", "iso:\n  # x\n  id: iso_1\n"),
        ("cloud_init: {user_data: 'a'} # x\n", "cloud_init:  # x\n  user_data: a\n"),
    ],
)
def test_comment_stays_with_its_key_or_item(source: str, expected: str) -> None:
    assert formatted(source) == expected


def test_comment_at_the_end_of_a_mapping_stays_in_it() -> None:
    source = "resources:\n    memory: 2\n    # cpu_cores: 4\n# x\nname: web\n  # y\n# z\n"
    assert formatted(source) == "resources:\n  memory: 2\n  # cpu_cores: 4\n# x\nname: web\n# y\n# z\n"


def test_header_stays_at_the_top() -> None:
    source = (
        "%YAML 1.1\n# The first\n---\n# web server\n\n# yaml-language-server: $schema=x\n"
        "# named\nname: web\nzone: {id: zone_1}\n"
    )
    assert formatted(source) == (
        "%YAML 1.1\n# The first\n---\n# web server\n\n# yaml-language-server: $schema=x\n"
        "zone:\n  id: zone_1\n# named\nname: web\n"
    )


def test_blank_lines_between_keys_are_kept() -> None:
    source = "\n\nname: web\n\n\n# x\n\ntags: [a]\n\niso: iso_1\nzone: {id: zone_1}\n\n"
    assert formatted(source) == "zone:\n  id: zone_1\nname: web\n\n# x\n\ntags:\n  - a\n\niso: iso_1\n"


@pytest.mark.parametrize(
    ("header", "ending"), [("|", "\n"), ("|+", "\n\n"), ("|-", ""), ("|  # x", "\n"), ("|", "")]
)
def test_block_of_text_keeps_its_lines(header: str, ending: str) -> None:
    block = f"cloud_init:\n  user_data: {header}\n    #!/bin/sh\n    # y\n{ending}"
    for rest in ("hostname: web\n", "# z\nhostname: web\n", "# z\n"):
        assert formatted(block + rest) == block + rest


def test_suppressions_keep_their_effect() -> None:
    """The document begins on the line of its first key, so this key stays the first."""
    source = (
        "hostname: WEB  # vmspec: ignore[VMS211] none needed\n"
        "zone: {id: zone_1}\n"
        "network_interfaces:\n"
        "  - speed_profile: {permalink: 1gbps}\n"
        "    network: {permalink: x} # vmspec: ignore[VMS291] later\n"
    )
    assert formatted(source) == (
        "hostname: WEB  # vmspec: ignore[VMS211] none needed\n"
        "zone:\n  id: zone_1\n"
        "network_interfaces:\n"
        '  - speed_profile:\n      permalink: "1gbps"\n'
        "    network:  # vmspec: ignore[VMS291] later\n      permalink: x\n"
    )


def test_suppression_of_some_entries_keeps_the_brackets() -> None:
    source = "resources: {\n  # vmspec: ignore[VMS213] y\n  memory: 2, package: {permalink: x}}\nname: 'a'\n"
    assert formatted(source) == source.replace("'a'", "a")


def test_suppression_without_effect_goes_to_the_end() -> None:
    source = "name:\n  WEB  # vmspec: ignore[VMS231] x\nzone: {id: zone_1}\n"
    assert formatted(source) == "zone:\n  id: zone_1\nname: WEB\n# vmspec: ignore[VMS231] x\n"

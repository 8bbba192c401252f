"""Wrong keys are quoted unless they may hold a secret: a missing space makes a value part of its key."""

from __future__ import annotations

import pytest

from vmspec import loads
from vmspec.errors import UnexpectedContentError

BLOCK = "the text of a block is indented further than its key"


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        (
            "disk_template: {id: x, options: [{key: pw, value:S3CRET}]}",
            ['disk_template.options[0] has no key "***"; put a space after "value:"'],
        ),
        (
            "disk_template: {id: x, options: [{key: pw, value S3CRET}]}",
            ['disk_template.options[0] has no key "***"; it may have key or value'],
        ),
        (
            "disk_template: {id: x, options: [{pw=S3CRET}]}",
            [
                'disk_template.options[0] has no key "***"; it may have key or value',
            ],
        ),
        (
            "cloud_init: {user_data:S3CRET}",
            ['cloud_init has no key "***"; put a space after "user_data:"'],
        ),
        ("cloud_init: {S3CRET}", ['cloud_init has no key "***"; it may have user_data; ' + BLOCK]),
        ("cloud_init: {usr_data: S3CRET}", ['cloud_init has no key "usr_data"; did you mean user_data?']),
        ("cloud_init: {iso: S3CRET}", ['cloud_init has no key "iso"; it may have user_data; ' + BLOCK]),
        (
            "cloud_init: {root:S3CRET: x, root:S3CRET: y}",
            [
                'cloud_init has no key "***"; it may have user_data; ' + BLOCK,
                'cloud_init has the key "***" twice',
            ],
        ),
        ("cloud_init: {packages: S3CRET}", ['cloud_init has no key "***"; it may have user_data; ' + BLOCK]),
        ("cloud_init: {user_data: x}\nroot:S3CRET: x", ['the spec has no key "***"']),
        ("cloud_init: {user_data: x}\nlabels: x", ['the spec has no key "labels"']),
        (
            "S3CRET: x\ncloud_init:S3CRET: x",
            [
                'the spec has no key "S3CRET"',
                'the spec has no key "***"; put a space after "cloud_init:"',
            ],
        ),
    ],
)
def test_wrong_key_is_quoted_only_if_it_is_not_a_secret(text: str, findings: list[str]) -> None:
    with pytest.raises(UnexpectedContentError) as caught:
        loads(text, "yaml")
    found = caught.value.findings
    assert [f"{item.message}; {item.hint}" if item.hint else item.message for item in found] == findings
    assert not any("S3CRET" in item.path for item in found if "***" in item.message)

"""Which keys are quoted beside a secret: what was run together with one may be part of the key."""

from __future__ import annotations

import pytest

from vmspec import loads
from vmspec.errors import UnexpectedContentError


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        (
            "disk_template: {id: x, options: [{key: pw, value:S3CRET}]}",
            ['disk_template.options[0] has no key "value***"; put a blank after the colon'],
        ),
        (
            "disk_template: {id: x, options: [{key: pw, value S3CRET}]}",
            ['disk_template.options[0] has no key "value***"; it may have key or value'],
        ),
        (
            "disk_template: {id: x, options: [{pw=S3CRET}]}",
            [
                "disk_template.options[0] has no key, which it needs",
                'disk_template.options[0] has no key "***"; it may have key or value',
            ],
        ),
        (
            "cloud_init: {user_data:S3CRET}",
            ['cloud_init has no key "user_data***"; put a blank after the colon'],
        ),
        ("cloud_init: {S3CRET}", ['cloud_init has no key "***"; it may have user_data']),
        ("cloud_init: {usr_data: S3CRET}", ['cloud_init has no key "usr_data"; did you mean user_data?']),
        ("cloud_init: {iso: S3CRET}", ['cloud_init has no key "iso"; it may have user_data']),
        (
            "cloud_init: {root:S3CRET: x, root:S3CRET: y}",
            ['cloud_init has no key "***"; it may have user_data', 'cloud_init has the key "***" twice'],
        ),
        ("cloud_init: {packages: S3CRET}", ['cloud_init has no key "packages"; it may have user_data']),
        ("cloud_init: {user_data: x}\nroot:S3CRET: x", ['the spec has no key "***"']),
        ("cloud_init: {user_data: x}\nlabels: x", ['the spec has no key "labels"']),
        (
            "S3CRET: x\ncloud_init:S3CRET: x",
            [
                'the spec has no key "S3CRET"',
                'the spec has no key "cloud_init***"; put a blank after the colon',
            ],
        ),
    ],
)
def test_keys_near_secrets_are_shown_where_they_are_surely_none(text: str, findings: list[str]) -> None:
    with pytest.raises(UnexpectedContentError) as caught:
        loads(text, "yaml")
    found = caught.value.findings
    assert [f"{item.message}; {item.hint}" if item.hint else item.message for item in found] == findings
    assert not any("S3CRET" in item.path for item in found if "***" in item.message)

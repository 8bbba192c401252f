"""Hostile documents, and the finding of each; run as a script, this reads them all.

They are made here rather than kept as files, which scanners and editors would trip over.
"""

from __future__ import annotations

import gzip
import json
import resource
import sys
import time

from vmspec import validate
from vmspec.documents import FORMATS

from . import hostile_json, hostile_xml, hostile_yaml
from .hostile_document import (
    ALIAS,
    ANCHOR,
    DECLARED,
    DOCTYPE,
    MARKED,
    NOT_UTF_8,
    NUL,
    SPEC,
    STRANGE,
    TAG,
    TOO_LONG,
    TOO_MANY_NOTES,
    TOO_MANY_VALUES,
    VERSION,
    Hostile,
)

A_GIGABYTE = 1 << 30
RULES = "VMS2"
"""The codes of rules begin here; those below are about the document itself."""

TOO_DEEP = "error VMS004 nested deeper than 32 elements, which no spec needs"
BLANK_END = 'error VMS107 <Zone> is "{}a…"; it starts or ends with whitespace'.format(r"a\u3000" * 29)


def documents(file: str, address: str) -> list[Hostile]:
    """Return all hostile documents; some try to open this file or this loopback address."""
    return [
        *(Hostile(name, "xml", data, finding) for name, data, finding in _entities(file, address)),
        *(Hostile(name, "xml", data, finding) for name, data, finding in _bytes(file)),
        *(Hostile(name, "xml", data.encode(), finding) for name, data, finding in _masses()),
        *(Hostile(name, "json", data.encode(), finding) for name, data, finding in _json()),
        *(Hostile(name, "yaml", data.encode(), finding) for name, data, finding in _yaml(file)),
        *hostile_xml.documents(file, address),
        *hostile_json.documents(file, address),
        *hostile_yaml.documents(file, address),
    ]


def _entities(file: str, address: str) -> list[tuple[str, bytes, str | None]]:
    laughs = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    subsets = {
        "billion-laughs": f'[<!ENTITY a0 "ha">{laughs}]',
        "quadratic-blow-up": f'[<!ENTITY a9 "{"a" * 50_000}">]',
        "external-entity": f'[<!ENTITY a9 SYSTEM "file://{file}">]',
        "fetched-entity": f'[<!ENTITY a9 SYSTEM "{address}">]',
        "parameter-entity": f'[<!ENTITY % p SYSTEM "{address}"> %p;]',
        "external-subset": f'SYSTEM "file://{file}"',
        "public-subset": f'PUBLIC "-//a//b" "{address}"',
    }
    body = SPEC.format(f"<Name>{'&a9;' * 1000}</Name>")
    doctypes = [
        (name, f"<!DOCTYPE VirtualMachineSpec {subset}>{body}".encode(), DOCTYPE.format(1))
        for name, subset in subsets.items()
    ]
    include = SPEC.format(f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file://{file}"/>')
    unknown = "1:22: error VMS102 <VirtualMachineSpec> has no child <i:include>"
    resources = "<Resources><Memory>1</Memory><CPUCores>1</CPUCores></Resources>"
    hint = (
        f'<VirtualMachineSpec xmlns:x="http://www.w3.org/2001/XMLSchema-instance" '
        f'x:noNamespaceSchemaLocation="{address}" x:schemaLocation="urn:a file://{file}">'
        f"{resources}</VirtualMachineSpec>"
    )
    style = f'<?xml-stylesheet href="{address}"?>\n{SPEC.format(resources)}'
    return [
        *doctypes,
        ("xinclude", include.encode(), unknown),
        ("schema-hints", hint.encode(), None),
        ("stylesheet", style.encode(), None),
    ]


def _bytes(file: str) -> list[tuple[str, bytes, str]]:
    plain = SPEC.format("<Name>web</Name>")
    in_utf7 = f"+ADwAIQ-DOCTYPE a SYSTEM +ACI-file://{file}+ACIAPg-{plain}"
    declared = '<?xml version="1.0" encoding="{}"?>'
    return [
        ("doctype-in-utf-7", (declared.format("UTF-7") + in_utf7).encode(), DECLARED),
        ("mark-of-utf-7", ("+/v8-" + in_utf7).encode(), MARKED),
        ("utf-16", plain.encode("utf-16"), MARKED),
        ("utf-16-without-mark", plain.encode("utf-16-le"), NUL.format(2)),
        ("utf-32", plain.encode("utf-32"), MARKED),
        ("declared-latin-1", (declared.format("latin-1") + plain).encode(), DECLARED),
        ("ebcdic", plain.encode("cp037"), NOT_UTF_8.format(3)),
        ("nul", plain.replace("web", "w\0b").encode(), NUL.format(28)),
        ("gzip", gzip.compress(plain.encode(), mtime=0), NOT_UTF_8.format(2)),
        (
            "xml-1.1",
            ('<?xml version="1.1"?>' + plain).encode(),
            VERSION,
        ),
        (
            "cut-in-a-tag",
            plain[:24].encode(),
            "1:21: error VMS001 not well-formed XML: an unfinished tag; close it with >",
        ),
        (
            "cut-in-a-character",
            plain.replace("web", "wéb").encode()[:28],
            NOT_UTF_8.format(28),
        ),
    ]


def _masses() -> list[tuple[str, str, str]]:
    many_attributes = " ".join(f"a{n}=''" for n in range(100_000))
    namespaces = "".join(f"<a xmlns:a{n}='{n}'>" for n in range(5000))
    return [
        ("a-megabyte-and-a-byte", SPEC.format("x" * (1 << 20)), TOO_LONG),
        ("deep", "<Tags>" * 100_000, f"1:193: {TOO_DEEP}"),
        ("deep-and-closed", "<Tags>" * 33 + "</Tags>" * 33, f"1:193: {TOO_DEEP}"),
        (
            "many-elements",
            SPEC.format("<Tag/>" * 100_000),
            "1:120015: error VMS004 more than 20,000 elements, which no spec needs",
        ),
        (
            "many-attributes",
            f"<a {many_attributes}/>",
            "1:1: error VMS004 more than 64 attributes on one element, which no spec needs",
        ),
        (
            "many-namespaces",
            namespaces,
            "1:269: error VMS004 more than 16 namespace declarations, which no spec needs",
        ),
        (
            "doctype-behind-a-new-name",
            f"<?\u0370?><!DOCTYPE a>{SPEC.format('')}",
            f"1:3: error VMS001 not well-formed XML: {STRANGE}",
        ),
        (
            "many-attributes-behind-a-new-name",
            f"<?\u0370?><a {many_attributes}/>"[: 1 << 19],
            f"1:3: error VMS001 not well-formed XML: {STRANGE}",
        ),
        ("blanks-in-a-lookup", SPEC.format("<Zone>" + "a\u3000" * 100_000 + "</Zone>"), f"1:27: {BLANK_END}"),
        ("many-comments", SPEC.format("<!---->" * 100_000), f"1:14021: {TOO_MANY_NOTES}"),
        ("many-instructions", SPEC.format("<?a?>" * 100_000), f"1:10021: {TOO_MANY_NOTES}"),
    ]


def _json() -> list[tuple[str, str, str]]:
    return [
        ("deep-lists", "[" * 100_000, f"1:66: {TOO_MANY_VALUES}"),
        ("deep-mappings", '{"a":' * 100_000, f"1:326: {TOO_MANY_VALUES}"),
        ("many-items", f"[{'1,' * 100_000}1]", f"1:40000: {TOO_MANY_VALUES}"),
        ("key-twice", '{"name": "a", "name": "b"}', '1:15: error VMS104 the spec has the key "name" twice'),
        (
            "nan",
            '{"name": NaN}',
            "1:10: error VMS001 NaN is not a number in JSON; leave it out",
        ),
        (
            "infinity",
            '{"name": -Infinity}',
            "1:10: error VMS001 -Infinity is not a number in JSON; leave it out",
        ),
        (
            "beyond-every-float",
            '{"resources": {"memory": 1e999}}',
            '1:26: error VMS107 resources.memory is "1e999"; it is an integer from 1 (GB)',
        ),
        (
            "huge-number",
            f'{{"name": {"9" * 500_000}}}',
            "1:10: error VMS001 a number of more than 32 characters, which no spec needs",
        ),
        (
            "lone-surrogate",
            '{"name": "\\ud83d"}',
            "1:10: error VMS001 an unpaired surrogate in a string",
        ),
        (
            "escaped-nul",
            '{"name": "\\u0000"}',
            "1:10: error VMS107 name contains the character U+0000, which XML does not allow",
        ),
        ("cut", '{"name": "a', '1:10: error VMS001 a string that is not closed; close it with "'),
    ]


def _yaml(file: str) -> list[tuple[str, str, str]]:
    bomb = "a0: &a0 [ha]\n" + "".join(f"a{n + 1}: &a{n + 1} [{f'*a{n},' * 10}]\n" for n in range(9))
    return [
        ("alias-bomb", bomb, f"1:5: {ANCHOR}"),
        ("alias", "name: *web\n", f"1:7: {ALIAS}"),
        (
            "merge-key",
            "<<: {name: web}\n",
            '1:1: error VMS102 the spec has no key "<<"; merge keys are not read; write the keys out',
        ),
        ("deep-flow", "[\n" * 100_000, f"66:1: {TOO_MANY_VALUES}"),
        ("deep-block", "- " * 100_000, f"1:131: {TOO_MANY_VALUES}"),
        ("deep-keys", "? " * 100_000, f"1:131: {TOO_MANY_VALUES}"),
        ("many-entries", f"[{'a,' * 100_000}]", f"1:40000: {TOO_MANY_VALUES}"),
        ("tag-that-runs", f"!!python/object/apply:builtins.open [{file}]", f"1:1: {TAG}"),
        ("tag-that-includes", f"name: !include {file}", f"1:7: {TAG}"),
        ("key-twice", "name: a\nname: b\n", '2:1: error VMS104 the spec has the key "name" twice'),
        ("list-as-key", "[name]: web\n", "1:1: error VMS005 a key that is not a single value"),
        (
            "many-documents",
            "---\n" * 100_000,
            "2:1: error VMS005 a second YAML document; keep one spec a file",
        ),
        ("control-character", "name: \x07\n", "1:7: error VMS001 not YAML: a character it cannot hold"),
    ]


def read_all(file: str, address: str) -> dict[str, object]:
    """Read each document; return the findings and times, and the memory that all of it took."""
    for format, text in zip(FORMATS, (SPEC.format(""), "{}", "{}"), strict=True):
        validate(text, format)
        validate(text, format, engine="xmlschema")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answers: dict[str, object] = {}
    for hostile in documents(file, address):
        started = time.process_time()
        report = validate(hostile.data, hostile.format)
        taken_s = time.process_time() - started
        second = validate(hostile.data, hostile.format, engine="xmlschema")
        assert second.findings == report.findings
        said = [str(finding) for finding in report.findings if finding.code < RULES]
        answers[f"{hostile.format} {hostile.name}"] = (said, taken_s)
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"answers": answers, "grown_mb": grown_kb / 1024}


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (A_GIGABYTE, A_GIGABYTE))
    print(json.dumps(read_all(*sys.argv[1:])))

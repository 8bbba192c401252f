"""Validate the files named on the command line and print every finding."""

import sys
from pathlib import Path

from vmspec import validate

paths = [Path(name) for name in sys.argv[1:]] or [Path(__file__).with_name("web.yaml")]
broken = 0
for path in paths:
    report = validate(path)
    for finding in report.findings:
        print(f"{path}:{finding}")
    broken += not report.ok
print(f"{len(paths) - broken} of {len(paths)} fine")
sys.exit(1 if broken else 0)

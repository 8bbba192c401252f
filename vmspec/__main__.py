"""The command line, as ``python -m vmspec``."""

from __future__ import annotations

import sys

from vmspec.cli import main

if __name__ == "__main__":
    sys.exit(main())

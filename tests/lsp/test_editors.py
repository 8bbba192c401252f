"""The documented configuration works in an editor, where that is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "editors.md"

SCRIPT = """
vim.cmd("filetype on")
vim.cmd("edit web.xml")
local ok = vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end)
for _, found in ipairs(vim.diagnostic.get(0)) do
  io.stdout:write(found.lnum + 1, ":", found.col + 1, " ", found.code or "", " ", found.message, "\\n")
end
vim.cmd("quitall!")
"""


@pytest.mark.skipif(shutil.which("nvim") is None, reason="needs Neovim")
def test_neovim_shows_findings(tmp_path: Path) -> None:
    [configuration, *_] = re.findall(r"^```lua\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    (tmp_path / "init.lua").write_text(configuration + SCRIPT)
    (tmp_path / "web.xml").write_text("<VirtualMachineSpec>\n  <Nmae>web</Nmae>\n</VirtualMachineSpec>\n")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["nvim", "--headless", "-u", "init.lua"],
        cwd=tmp_path, env=os.environ | {"PATH": path, "XDG_STATE_HOME": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "2:4 VMS102 <VirtualMachineSpec> has no child <Nmae>; did you mean <Name>?" in done.stdout

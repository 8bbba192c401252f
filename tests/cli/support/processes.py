"""Running the command line as processes: interrupted, on a terminal, or as it advises."""

from __future__ import annotations

import os
import pty
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from .command_line import ENTRY


class Child:
    """A ``vmspec`` process that handles SIGINT even if this one ignores it."""

    def __init__(self, *arguments: str) -> None:
        handler = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", handler + ENTRY, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._err = ""

    def out_line(self) -> str:
        """Return the next line of standard output."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def read_until(self, word: str) -> None:
        """Read standard error up to a line with a word."""
        assert self._process.stderr is not None
        while word not in self._err:
            line = self._process.stderr.readline()
            assert line, self._err
            self._err += line

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        """Send a signal, and return exit code, standard output and standard error."""
        self._process.send_signal(number)
        return self.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def files(self) -> list[Path]:
        """Return the open files of the process, on Linux."""
        links = Path(f"/proc/{self.pid}/fd").glob("*")
        return [link.readlink() for link in links if link.is_symlink()]

    def kill(self) -> None:
        """Kill the process with SIGKILL."""
        self._process.kill()
        self._process.communicate(timeout=30)

    def wait(self) -> tuple[int, str, str]:
        """Wait for the process, and return exit code, standard output and standard error."""
        out, err = self._process.communicate(timeout=30)
        return self._process.returncode, out, self._err + err


def loaded_modules(*arguments: str, env: Mapping[str, str] | None = None) -> set[str]:
    """Return the modules that a process has loaded when a command line ends."""
    code = "import sys; from vmspec.cli import main; main(); print('modules', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *arguments],
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.rpartition("modules ")[2].split())


def on_terminal(*arguments: str, env: Mapping[str, str]) -> tuple[int, str, str]:
    """Run with standard error on a terminal; return exit code, standard output and the terminal's text."""
    shown = b""
    screen, terminal = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", ENTRY, *arguments],
        env=os.environ | env,
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    )
    os.close(terminal)
    try:
        while chunk := os.read(screen, 4096):
            shown += chunk
    except OSError:  # raised by Linux when the child has ended
        pass
    os.close(screen)
    out, _ = child.communicate(timeout=30)
    return child.returncode, out, shown.decode()


def follow_advice(err: str) -> tuple[int, str]:
    """Run the command that was printed as advice; return exit code and standard output."""
    (line,) = re.findall(r"^ +(vmspec .*)$", err, re.MULTILINE)
    words = shlex.join([sys.executable, "-P", "-c", ENTRY])
    done = subprocess.run(
        line.replace("vmspec", words, 1), shell=True, stdout=subprocess.PIPE, text=True, check=False
    )
    return done.returncode, done.stdout


def terminal_output(arguments: list[str], env: dict[str, str]) -> str:
    """Return the output of a command line on a terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, [sys.executable, "-P", "-c", ENTRY, *arguments], os.environ | env)
    written = b""
    try:
        while chunk := os.read(terminal, 4096):
            written += chunk
    except OSError:  # raised by Linux when the child has ended
        pass
    os.close(terminal)
    os.waitpid(child, 0)
    return written.decode()


TERMINAL = {"TERM": "xterm-256color", "NO_COLOR": "", "COLUMNS": "80"}

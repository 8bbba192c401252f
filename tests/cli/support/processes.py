"""The command line as processes: interrupted, on a terminal, and gone on with."""

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
    """``vmspec`` as a process that hears signals, also where this one was started deaf to Ctrl-C."""

    def __init__(self, *arguments: str) -> None:
        hearing = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", hearing + ENTRY, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._told = ""

    def out_line(self) -> str:
        """The next line of standard output."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def read_until(self, word: str) -> None:
        """Reads standard error up to a line with a word."""
        assert self._process.stderr is not None
        while word not in self._told:
            line = self._process.stderr.readline()
            assert line, self._told
            self._told += line

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        """Sends a signal; what the process ended with, and all that was not read as lines."""
        self._process.send_signal(number)
        return self.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def files(self) -> list[Path]:
        """Those that it has open, where the system tells."""
        links = Path(f"/proc/{self.pid}/fd").glob("*")
        return [link.readlink() for link in links if link.is_symlink()]

    def kill(self) -> None:
        """As kill -9 does."""
        self._process.kill()
        self._process.communicate(timeout=30)

    def wait(self) -> tuple[int, str, str]:
        """What the process ended with by itself, and all that was not read as lines."""
        out, err = self._process.communicate(timeout=30)
        return self._process.returncode, out, self._told + err


def on_terminal(*arguments: str, env: Mapping[str, str]) -> tuple[int, str, str]:
    """Runs with standard error on a terminal: exit code, standard output, and what the terminal got."""
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
    except OSError:  # how Linux says that nobody is left
        pass
    os.close(screen)
    out, _ = child.communicate(timeout=30)
    return child.returncode, out, shown.decode()


def go_on(told: str) -> tuple[int, str]:
    """Carries out what the command said how to go on, as a person would; exit code, and what that prints."""
    (line,) = re.findall(r"^ +(vmspec .*)$", told, re.MULTILINE)
    words = shlex.join([sys.executable, "-P", "-c", ENTRY])
    done = subprocess.run(
        line.replace("vmspec", words, 1), shell=True, stdout=subprocess.PIPE, text=True, check=False
    )
    return done.returncode, done.stdout


def terminal_output(arguments: list[str], env: dict[str, str]) -> str:
    """What a command line writes to a terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.execve(sys.executable, [sys.executable, "-P", "-c", ENTRY, *arguments], os.environ | env)
    written = b""
    try:
        while chunk := os.read(terminal, 4096):
            written += chunk
    except OSError:  # how Linux says that nobody is left
        pass
    os.close(terminal)
    os.waitpid(child, 0)
    return written.decode()


TERMINAL = {"TERM": "xterm-256color", "NO_COLOR": "", "COLUMNS": "80"}

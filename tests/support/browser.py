"""A browser for tests: Debian's Chromium, driven by its chromedriver over the WebDriver protocol."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

DRIVER, CHROMIUM = shutil.which("chromedriver"), shutil.which("chromium")

needs_browser = pytest.mark.skipif(
    DRIVER is None or CHROMIUM is None,
    reason="chromium and chromedriver are not installed (Debian: chromium-driver)",
)

ENTER, ESCAPE, TAB, SPACE = "\ue007", "\ue00c", "\ue004", " "


class Browser:
    """One window of Chromium."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=60, trust_env=False)
        options = {
            "binary": CHROMIUM,
            "args": ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        }
        capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self._session = f"/session/{session['sessionId']}"

    def _call(self, method: str, path: str, body: object = None) -> Any:
        answer = self._client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()["value"]

    def open(self, page: Path | str, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Open a file or an address in a window of some size."""
        self.resize(width, height)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", {"features": [scheme]})
        url = page if isinstance(page, str) else page.as_uri()
        self._call("POST", f"{self._session}/url", {"url": url})

    def resize(self, width: int, height: int = 900) -> None:
        """Give the window another size."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", size)

    def devtools(self, command: str, parameters: dict[str, object]) -> Any:
        """Send a command of the DevTools protocol."""
        body = {"cmd": command, "params": parameters}
        return self._call("POST", f"{self._session}/goog/cdp/execute", body)

    def run(self, script: str) -> Any:
        """Return the value of a JavaScript expression."""
        return self._call("POST", f"{self._session}/execute/sync", {"script": f"return {script}", "args": []})

    def result_of(self, promise: str) -> Any:
        """Wait for a JavaScript promise, and return its value."""
        asked = {"expression": promise, "awaitPromise": True, "returnByValue": True}
        return self.devtools("Runtime.evaluate", asked)["result"].get("value")

    def press(self, keys: str) -> None:
        """Press and release keys, one after the other."""
        actions = [{"type": action, "value": key} for key in keys for action in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self._call("POST", f"{self._session}/actions", {"actions": [source]})

    def click(self, selector: str) -> None:
        """Click on the first element that a CSS selector matches."""
        found = self._call("POST", f"{self._session}/element", {"using": "css selector", "value": selector})
        self._call("POST", f"{self._session}/element/{next(iter(found.values()))}/click", {})

    def messages(self) -> list[str]:
        """Return the messages in the console, errors and warnings among them."""
        return [
            entry["message"] for entry in self._call("POST", f"{self._session}/se/log", {"type": "browser"})
        ]

    def screenshot(self, path: Path) -> None:
        """Write a picture of the whole page."""
        picture = self.devtools("Page.captureScreenshot", {"captureBeyondViewport": True})
        path.write_bytes(base64.b64decode(picture["data"]))

    def close(self) -> None:
        """Close the window."""
        self._call("DELETE", self._session)
        self._client.close()


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Start a chromedriver and a browser, and end both."""
    assert DRIVER is not None
    with subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout is not None
        try:
            port = next(
                found[1]
                for line in driver.stdout
                if (found := re.search(r"successfully on port (\d+)", line))
            )
            browser = Browser(f"http://127.0.0.1:{port}")
            yield browser
            browser.close()
        finally:
            driver.terminate()

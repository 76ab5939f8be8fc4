"""A headless Chromium, driven over a pipe: enough of the DevTools protocol for a report."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_START = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def chromium() -> str | None:
    """Return the path of the browser, which has several names."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


class Browser:
    """One tab; ``said`` has the console messages, ``asked`` the requests of its pages."""

    def __init__(self, to: Any, back: Any) -> None:
        self._to = to
        self._back = back
        self._number = 0
        self._session: str | None = None
        self.said: list[str] = []
        self.asked: list[str] = []
        self._loaded = False
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Send a command and wait for its response; events in between are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        self._to.write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return answer["result"]

    def open(self, path: Path) -> None:
        """Open a file and wait until it has loaded with all its resources."""
        self.said.clear()
        self.asked.clear()
        self._loaded = False
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not self._loaded:
            self._next()

    def show(self, *, width: int, height: int = 900, scheme: str = "light") -> None:
        """Set the window and the colors that the reader prefers."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        preferred = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", features=preferred)

    def run(self, script: str) -> Any:
        """Evaluate a script in the page and return its value."""
        result = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def picture(self) -> bytes:
        """Return a screenshot of the full page."""
        taken = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(taken["data"])

    def pdf(self) -> bytes:
        """Print the page as A4."""
        printed = self.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)
        return base64.b64decode(printed["data"])

    def close(self) -> None:
        """Ask the browser to end."""
        self._session = None
        self.call("Browser.close")

    def _next(self) -> Any:
        """Read one message; keep console messages and requests of the page."""
        raw = bytearray()
        while (byte := self._back.read(1)) != b"\0":
            assert byte, "Chromium ended"
            raw += byte
        message = json.loads(raw)
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Network.requestWillBeSent":
                self.asked.append(message["params"]["request"]["url"])
            case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded":
                self.said.append(json.dumps(message["params"]))
        return message


@contextmanager
def browser(program: str, profile: Path) -> Iterator[Browser]:
    """Run Chromium, which communicates over the file descriptors 3 and 4."""
    read, to = os.pipe()
    back, write = os.pipe()
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
    options += [f"--user-data-dir={profile}", "--hide-scrollbars"]
    command = [sys.executable, "-c", _START, str(read), str(write), program, *options]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, pass_fds=(read, write), stdout=quiet, stderr=quiet)
    os.close(read)
    os.close(write)
    with os.fdopen(to, "wb", buffering=0) as commands, os.fdopen(back, "rb") as answers:
        try:
            tab = Browser(commands, answers)
            yield tab
            tab.close()
            process.wait(10)
        finally:
            process.kill()
            process.wait(10)

"""Chromium without a window, and what it tells of a page."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

# Name, width and height in CSS pixels, pixels of the screen in each, dark or not.
SCREENS = {
    "light": (1280, 900, 1, False), "dark": (1280, 900, 1, True), "phone": (390, 844, 2, False),
    "narrow": (360, 740, 2, True),
}  # fmt: skip


class Browser:
    def __init__(self):
        options = Options()
        for option in ["--headless=new", "--no-sandbox", "--hide-scrollbars", "--disable-dev-shm-usage"]:
            options.add_argument(option)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        # Chromium's own requests would be taken for the page's.
        options.add_argument("--disable-background-networking")
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.version = self.driver.capabilities["browserVersion"]

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.driver.quit()

    def run(self, script: str, *arguments: object) -> object:
        return self.driver.execute_script(script, *arguments)

    def command(self, name: str, **arguments: object) -> dict:
        return self.driver.execute_cdp_cmd(name, arguments)

    def screen(self, name: str, height: int | None = None) -> None:
        width, least, scale, is_dark = SCREENS[name]
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.command("Emulation.setEmulatedMedia", features=[scheme])
        self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height or least, deviceScaleFactor=scale,
            mobile=width < 500)  # fmt: skip

    def open(self, address: str) -> None:
        self.driver.get_log("performance")
        self.driver.get_log("browser")
        self.driver.get(address)

    def picture(self, screen: str, path: Path) -> None:
        """The whole page as the screen shows it."""
        self.screen(screen, int(self.run("return document.documentElement.scrollHeight")))
        self.driver.save_screenshot(str(path))
        self.screen(screen)

    def pdf(self, path: Path) -> None:
        self.command("Emulation.setEmulatedMedia", features=[])
        printed = self.command(
            "Page.printToPDF", printBackground=True, preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.69)  # fmt: skip
        path.write_bytes(base64.b64decode(printed["data"]))

    def errors(self) -> list[str]:
        """What the console holds since the page was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] != "INFO"]

    def requests(self) -> list[str]:
        """The addresses that the page asked for, itself left out."""
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                request = message["params"]
                if request.get("type") != "Document":
                    asked.append(request["request"]["url"])
        return [address for address in asked if not address.startswith("data:")]

    def wait(self, script: str, seconds: float = 5) -> bool:
        """Until a script returns what is true; false when it does not."""
        deadline = time.monotonic() + seconds
        while not self.run(script):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

"""Checks of a page that a server keeps up to date."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from .browser import Browser
from .pages import MARKS, PLOTS, STEP
from .proxy import Proxy
from .results import Results

# What changes with every log line.
FACTS = "return document.querySelector('.facts span, .runs tbody').textContent"
CHANGED = "return document.querySelector('.facts span, .runs tbody').textContent !== '{}'"
LOST = "return !document.getElementById('connection').hidden"
FOUND = "return document.getElementById('connection').hidden"


def check(browser: Browser, address: str, output: Path, results: Results) -> None:
    def add(claim: str, holds: object, seen: object = "") -> None:
        results.add("live", claim, bool(holds), seen)

    parts = urlsplit(address)
    proxy = Proxy(parts.hostname, parts.port or 80)
    browser.screen("light")
    browser.open(f"http://127.0.0.1:{proxy.port}{parts.path or '/'}")
    updates(browser, add)
    keeping(browser, add, output)
    errors = [error for error in browser.errors() if "mp4" not in error]
    add("the console has no error", not errors, " ".join(errors))
    asked = [request for request in browser.requests() if f"127.0.0.1:{proxy.port}" not in request]
    add("nothing is asked of another server", not asked, " ".join(asked))
    connection(browser, proxy, add, output)


def changes(browser: Browser, seconds: float = 30) -> tuple[bool, str]:
    """Whether new values come, and the first ones."""
    before = browser.run(FACTS)
    return browser.wait(CHANGED.format(before), seconds), f"{before}, then {browser.run(FACTS)}"


def updates(browser: Browser, add) -> None:
    browser.wait("return document.querySelector('.facts span, .runs tbody') !== null", 30)
    add("new values appear by themselves", *changes(browser))


def keeping(browser: Browser, add, output: Path) -> None:
    """What is the reader's stays while the content changes."""
    fields = browser.driver.find_elements(By.ID, "filter")
    if fields:
        fields[0].send_keys("seed")
    area = browser.driver.find_element(By.CSS_SELECTOR, "#plot-loss .area")
    browser.run("arguments[0].scrollIntoView({block: 'center'})", area)
    ActionChains(browser.driver).move_to_element_with_offset(area, -200, 0).perform()
    browser.wait("return document.querySelector('.mark line') !== null")
    place, step = browser.run("return window.scrollY"), browser.run(STEP)
    playing = play(browser)
    came, seen = changes(browser)
    add("the mark stays while values appear", came and browser.run(MARKS) == browser.run(PLOTS), seen)
    add("the marked step stays", browser.run(STEP) == step, step)
    add("the place on the page stays", abs(browser.run("return window.scrollY") - place) < 40, place)
    if playing:
        add("a video plays on", browser.run("return !document.querySelector('video').paused"))
    if fields:
        text = browser.run("return document.getElementById('filter').value")
        opened = browser.run("return document.getElementById('defaults')?.open ?? true")
        add("the filter and what it opened stay", text == "seed" and opened, text)
    browser.driver.save_screenshot(str(output / "live.png"))


def play(browser: Browser) -> bool:
    """Begins the video where there is one that can be played."""
    if not browser.run("return document.querySelector('video') !== null"):
        return False
    browser.run("const v = document.querySelector('video'); v.muted = true; v.loop = true; v.play().catch(() => {})")
    return browser.wait("return document.querySelector('video').currentTime > 0", 5)


def connection(browser: Browser, proxy: Proxy, add, output: Path) -> None:
    proxy.cut()
    add("a lost connection is told", browser.wait(LOST, 10))
    browser.driver.save_screenshot(str(output / "live-lost.png"))
    time.sleep(1)
    proxy.restore()
    add("the connection is found again", browser.wait(FOUND, 30))
    add("new values appear afterwards", *changes(browser))

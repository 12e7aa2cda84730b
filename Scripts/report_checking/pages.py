"""Checks of a page that stands in a file."""

from __future__ import annotations

import subprocess
from pathlib import Path

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from .browser import SCREENS, Browser
from .results import Results

LEGEND = "return [...document.querySelectorAll('#plot-loss .legend b')].map(b => b.textContent).join(' ')"
STEP = "return document.querySelector('#plot-loss .at').textContent"
MARKS = "return document.querySelectorAll('.mark line').length"
PLOTS = "return document.querySelectorAll('.plot').length"
# Text that leaves its plot, or lies on other text of the same axis.
OVERLAPS = """
const found = [];
for (const plot of document.querySelectorAll(".plot")) {
  const frame = plot.getBoundingClientRect();
  const texts = [...plot.querySelectorAll(".axes text")].map((text) => [text, text.getBoundingClientRect()]);
  texts.forEach(([text, box], index) => {
    if (box.left < frame.left || box.right > frame.right) found.push(plot.id + " cuts " + text.textContent);
    for (const [other, place] of texts.slice(index + 1)) {
      if (box.left < place.right && place.left < box.right && box.top < place.bottom - 2 && place.top < box.bottom - 2)
        found.push(`${plot.id}: ${text.textContent} on ${other.textContent}`);
    }
  });
}
return found.join("; ");
"""
# The smallest text, in pixels of the screen's own measure.
SMALLEST = """
const sizes = [...document.querySelectorAll("main *")].filter((e) => e.childElementCount === 0 && e.textContent.trim())
  .map((e) => parseFloat(getComputedStyle(e).fontSize));
return Math.min(...sizes);
"""

# How many elements a browser finds, and how many stand in the file.
ELEMENTS = """
const names = (page) => [...page.querySelectorAll("*")].map((element) => element.localName).join(" ");
const [read, written] = [names(document), names(new DOMParser().parseFromString(arguments[0], "application/xml"))];
return [read === written, read.split(" ").length, written.split(" ").length];
"""


def check(browser: Browser, name: str, page: Path, output: Path, results: Results) -> None:
    def add(claim: str, holds: object, seen: object = "") -> None:
        results.add(name, claim, bool(holds), seen)

    add("the file is smaller than 1 MB without pictures", size(page) < 1_000_000, f"{size(page):,} bytes")
    browser.open(page.as_uri())
    is_same, read, written = browser.run(ELEMENTS, page.read_text())
    add("a browser reads the elements that were written", is_same, f"{read} and {written} elements")
    for screen, (width, *_) in SCREENS.items():
        browser.screen(screen)
        browser.picture(screen, output / f"{name}-{screen}.png")
        wide = browser.run("return document.documentElement.scrollWidth")
        add(f"nothing is wider than {width} pixels", wide <= width, wide)
        overlaps = browser.run(OVERLAPS)
        add(f"labels lie apart at {width} pixels", not overlaps, overlaps)
    add("text is 11 pixels or larger", browser.run(SMALLEST) >= 11, browser.run(SMALLEST))
    browser.screen("light")
    if browser.run(PLOTS):
        hover(browser, add, output / f"{name}-hover.png")
    filtering(browser, add)
    errors, requests = browser.errors(), browser.requests()
    add("the console has no error", not errors, " ".join(errors))
    add("nothing is asked of a network", not requests, " ".join(requests))
    printing(browser, name, output, add)
    without_script(browser, page, add)


def size(page: Path) -> int:
    text = page.read_text()
    pictures = sum(len(part.split('"')[0]) for part in text.split("data:image/jpeg;base64,")[1:])
    return len(text.encode()) - pictures


def hover(browser: Browser, add, picture: Path) -> None:
    area = browser.driver.find_element(By.CSS_SELECTOR, "#plot-loss .area")
    browser.run("arguments[0].scrollIntoView({block: 'center'})", area)
    latest = browser.run(LEGEND)
    ActionChains(browser.driver).move_to_element_with_offset(area, -150, 0).perform()
    add("values appear at the mouse", browser.wait("return document.querySelector('.mark line') !== null"))
    step, values = browser.run(STEP), browser.run(LEGEND)
    add("the values are those of the step there", step.startswith("step ") and values != latest, f"{step}: {values}")
    add("every plot is marked", browser.run(MARKS) == browser.run(PLOTS), browser.run(MARKS))
    browser.driver.save_screenshot(str(picture))
    away = ActionBuilder(browser.driver)
    away.pointer_action.move_to_location(4, 4)
    away.perform()
    gone = browser.wait("return document.querySelector('.mark line') === null")
    add("the values are the latest again when the mouse leaves", gone and browser.run(LEGEND) == latest)
    browser.run("arguments[0].focus()", area)
    area.send_keys(Keys.HOME)
    first = browser.run(STEP)
    area.send_keys(Keys.ARROW_RIGHT)
    second = browser.run(STEP)
    said = browser.run("return document.getElementById('announcement').textContent")
    add("arrow keys move from step to step", first != second or " " not in latest, f"{first}, then {second}")
    add("a screen reader is told the values", second in said, said)
    area.send_keys(Keys.ESCAPE)
    add("Escape takes the mark away", browser.run(MARKS) == 0)
    touch(browser, area, add)


def touch(browser: Browser, area, add) -> None:
    box = browser.run("const b = arguments[0].getBoundingClientRect(); return [b.left, b.top, b.width, b.height]", area)
    browser.command("Emulation.setTouchEmulationEnabled", enabled=True)
    place = {"x": box[0] + box[2] / 2, "y": box[1] + box[3] / 2}
    browser.command("Input.dispatchTouchEvent", type="touchStart", touchPoints=[place])
    browser.command("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    browser.wait("return document.querySelector('.mark line') !== null", 2)
    add("values appear at a finger and stay", browser.run(MARKS) == browser.run(PLOTS), browser.run(STEP))
    browser.command("Emulation.setTouchEmulationEnabled", enabled=False)
    area.send_keys(Keys.ESCAPE)


def filtering(browser: Browser, add) -> None:
    fields = browser.driver.find_elements(By.ID, "filter")
    if not fields:
        return
    visible = "return [...document.querySelectorAll('.settings tbody tr')].filter((r) => r.offsetParent).length"
    before = browser.run(visible)
    fields[0].send_keys("optimizer")
    found, said = browser.run(visible), browser.run("return document.getElementById('filtered').textContent")
    add("the filter shows what it finds", said.startswith(f"{found} of ") and 0 < found, said)
    fields[0].send_keys(Keys.CONTROL, "a")
    fields[0].send_keys(Keys.DELETE)
    add("an empty filter shows what was shown before", browser.run(visible) == before, before)


def printing(browser: Browser, name: str, output: Path, add) -> None:
    browser.screen("dark")
    paper = output / f"{name}.pdf"
    browser.pdf(paper)
    subprocess.run(["pdftoppm", "-r", "80", "-png", paper, output / f"{name}-print"], check=True)
    sheets = sorted(output.glob(f"{name}-print-*.png"))
    from PIL import Image

    with Image.open(sheets[0]) as sheet:
        corner = sheet.convert("L").getpixel((3, 3))
    add("paper is white where the screen is dark", corner == 255, f"{len(sheets)} pages")


def without_script(browser: Browser, page: Path, add) -> None:
    browser.command("Emulation.setScriptExecutionDisabled", value=True)
    browser.screen("light")
    browser.open(page.as_uri())
    text = browser.driver.find_element(By.TAG_NAME, "main").text
    add("the page reads without a script", "Loss" in text and "latest" in text, f"{len(text)} characters")
    browser.command("Emulation.setScriptExecutionDisabled", value=False)

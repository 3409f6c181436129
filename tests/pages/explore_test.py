#!/usr/bin/python3
"""explore_test.py SALTUS MAKE_PAGES SOURCE_DIR OUT: the explore page in headless Chromium, as its reader uses it.

Screenshots go to OUT/screenshots. Exit code 77: skipped, as there is no Chromium here.
"""

import collections
import csv
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    webdriver = None

WIDE = (1440, 900)
PHONE = (390, 844)


class Browser:
    """One Chromium with a profile of its own."""

    def __init__(self, shots):
        self.shots = shots
        self.profile = tempfile.mkdtemp(prefix="saltus-pages-")
        options = Options()
        options.binary_location = shutil.which("chromium")
        for switch in ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
                       "--disable-background-networking", "--disable-component-update", "--disable-sync",
                       f"--user-data-dir={self.profile}", "--window-size=1440,900"]:
            options.add_argument(switch)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        self.driver.get("about:blank")
        time.sleep(1)
        self.driver.get_log("performance")  # what the browser's own first page asked for

    def close(self):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, page, fragment="", size=WIDE, dark=False):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size is PHONE})
        scheme = "dark" if dark else "light"
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.driver.get("about:blank")
        self.driver.get(page.as_uri() + fragment)
        WebDriverWait(self.driver, 30).until(lambda d: d.execute_script("return document.documentElement.dataset.ready") == "true")
        self.settle()

    def settle(self):
        """Until glides have ended and the address tells the state."""
        time.sleep(0.5)

    def shot(self, name):
        self.driver.save_screenshot(str(self.shots / f"{name}.png"))

    def js(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return " ".join(self.find(selector).text.replace("\u2009", "").replace("\u00a0", " ").split())

    def press(self, *keys):
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()
        self.settle()

    def fragment(self):
        return self.js("return decodeURIComponent(location.hash)")

    def view(self):
        """The ticks that the address says are in view; None: all."""
        for part in self.fragment().lstrip("#").split("&"):
            if part.startswith("t="):
                low, high = part[2:].split("-")
                return float(low), float(high)
        return None

    def drag(self, selector, start, end):
        """Between two points, given as shares of the element's box."""
        element = self.find(selector)
        self.js("arguments[0].scrollIntoView({block: 'nearest'})", element)
        box = element.size
        offset = lambda share: (int((share[0] - 0.5) * box["width"]), int((share[1] - 0.5) * box["height"]))
        chain = ActionChains(self.driver, duration=80)
        chain.move_to_element_with_offset(element, *offset(start)).click_and_hold()
        chain.move_to_element_with_offset(element, *offset(end)).release().perform()
        self.settle()

    def check_quiet(self):
        """Nothing was fetched but the pages themselves, and nothing complained."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]
        check(said == [], f"console: {said}")
        asked = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
                asked.add(message["params"].get("request", message["params"])["url"])
        foreign = [url for url in asked if not url.startswith(("file:", "data:", "about:"))]
        files = [url for url in asked if url.startswith("file:") and not url.split("#")[0].endswith(".html")]
        check(foreign == [] and files == [], f"requests: {foreign + files}")
        check(any(url.startswith("file:") for url in asked), "the log of requests is empty: it proves nothing")

    def check_noticed(self, out):
        """check_quiet is no use unless it sees a page that fetches, and one that complains."""
        for fault in ('<img src="http://127.0.0.1:9/x.png">', "<script>console.error('planted')</script>"):
            page = out / "planted.html"
            page.write_text(f"<!DOCTYPE html><html data-ready='true'><title>planted</title>{fault}</html>")
            self.open(page)
            try:
                self.check_quiet()
            except AssertionError:
                continue
            raise AssertionError(f"went unnoticed: {fault}")


def check(condition, words):
    if not condition:
        raise AssertionError(words)


def same(found, wanted, what):
    check(found == wanted, f"{what}: got {found!r}, need {wanted!r}")


def digits_page(saltus, source, out):
    """A page of real digits with their thumbnails, and its spikes as another program's verb tells them."""
    trace, page, table = out / "digits.saltrace", out / "digits.html", out / "digits.csv"
    model = "examples/models/mnist_hybrid_latency.saltus"
    run = lambda *arguments: subprocess.run([saltus, *map(str, arguments)], cwd=source, check=True, capture_output=True)
    run("run", model, "--data", "examples/data", "--samples", "0-99", "--trace", trace)
    run("trace", "explore", trace, "--model", model, "--data", "examples/data", "-o", page)
    run("trace", "export", trace, "-o", table)
    with open(table, newline="") as file:
        spikes = [(int(row["sample"]), row["population"], int(row["neuron"]), int(row["tick"])) for row in csv.DictReader(file)]

    def why(sample, address):
        told = run("trace", "why", trace, "--sample", sample, "--spike", address, "--model", model, "--data", "examples/data", "--json", "-")
        return json.loads(told.stdout)

    return page, spikes, why


def test_digits(browser, page, spikes):
    """Counts, zoom, pan, area, finder and link of a page that the command wrote."""
    browser.open(page)
    browser.shot("digits")
    check("1 wrong" in browser.text(".strip") and "99 right" in browser.text(".strip"), "the strip names wrong and right")
    same(browser.fragment(), "#s=43", "the wrong sample comes first")
    mine = [spike for spike in spikes if spike[0] == 43]
    for population in ("features", "hidden"):
        count = sum(1 for spike in mine if spike[1] == population)
        check(f"{count} spikes" in browser.text(f"[aria-label='{population}'] .name"), f"{population} says its {count} spikes")

    browser.press("w", "w")
    low, high = browser.view()
    check(abs((high - low) - 16 / 1.5 ** 2) < 0.01, f"W W zooms to 1.5^-2: {low}-{high}")
    browser.press("d")
    moved = browser.view()
    check(moved[0] > low and abs((moved[1] - moved[0]) - (high - low)) < 0.01, f"D pans later: {moved}")
    browser.press("a", "s")
    check(browser.view()[1] - browser.view()[0] > high - low, "S zooms out")
    browser.press("f")
    same(browser.view(), None, "F fits all")
    hidden = browser.find("[aria-label='hidden'] canvas")
    browser.js("arguments[0].dispatchEvent(new WheelEvent('wheel', {deltaY: -300, ctrlKey: true, bubbles: true, cancelable: true,"
               " clientX: arguments[0].getBoundingClientRect().right - 30}))", hidden)
    browser.settle()
    check(browser.view()[0] > 4 and browser.view()[1] > 15, f"Ctrl and wheel zoom about the pointer: {browser.view()}")
    browser.press("f")

    browser.drag("[aria-label='hidden'] canvas", (0.4, 0.2), (0.8, 0.7))
    area = dict(part.split("=", 1) for part in browser.fragment().lstrip("#").split("&"))["area"]
    ticks, name, rows = area.split(":")
    (first, last), (top, bottom) = (map(int, part.split("-")) for part in (ticks, rows))
    inside = [s for s in mine if s[1] == name == "hidden" and first <= s[3] <= last and top <= s[2] <= bottom]
    check(len(inside) > 20, f"the area {area} holds spikes")
    same(browser.text(".panel tbody td.number"), str(len(inside)), f"spikes of area {area}")
    active = len({s[2] for s in inside})
    check(browser.text(".panel tbody td:nth-child(3)").startswith(f"{active} "), f"{active} active neurons of {area}")
    browser.shot("digits-area")
    browser.press(Keys.ESCAPE)
    check("area" not in browser.fragment(), "Esc clears")
    return mine


def test_finder_and_links(browser, page, mine, why):
    """Ctrl+P, steps along a neuron's spikes, and an address that brings everything back."""
    counts = collections.Counter(spike[2] for spike in mine if spike[1] == "hidden")
    neuron = max(counts, key=lambda n: (counts[n], -n))
    ticks = sorted(s[3] for s in mine if s[1] == "hidden" and s[2] == neuron)
    ActionChains(browser.driver).key_down(Keys.CONTROL).send_keys("p").key_up(Keys.CONTROL).perform()
    ActionChains(browser.driver).send_keys(f"hid{neuron}").perform()
    browser.settle()
    browser.shot("finder")
    check(browser.text(".finder-list [aria-selected='true']").startswith(f"hidden[{neuron}]"), "the finder's first is the neuron")
    browser.press(Keys.ENTER)
    same(browser.text(".address-title"), f"hidden[{neuron}]", "the panel's title")
    browser.press(".")
    same(browser.text(".address-title"), f"hidden[{neuron}]@{ticks[0]}", "the first spike")
    browser.press(".", ".", ",")
    same(browser.text(".address-title"), f"hidden[{neuron}]@{ticks[1]}", "two on, one back")
    browser.press("p", "w")
    check(f"spike=hidden[{neuron}]@{ticks[1]}" in browser.fragment() and "pin=hidden" in browser.fragment(), browser.fragment())
    # The page explains the spike as `trace why` does.
    told = why(43, f"hidden[{neuron}]@{ticks[1]}")
    shown = browser.text(".why")
    above = re.search(r"Membrane ([0-9.]+): ([0-9.]+) above the threshold ([0-9.]+)", shown)
    check(above is not None, shown)
    check(abs(float(above[1]) - told["h"]) <= 0.005 * told["h"] and float(above[3]) == told["theta"], f"{shown} against {told['h']}")
    check(told["tested"] and abs(sum(term["contribution"] for term in told["terms"]) + told["residue"] - told["h"]) < 1e-9, "the terms add up")
    link = browser.js("return location.hash")
    view = browser.view()
    browser.open(page, link)
    same(browser.js("return location.hash"), link, "the address of an opened link")
    same(browser.view(), view, "the view of an opened link")
    same(browser.text(".address-title"), f"hidden[{neuron}]@{ticks[1]}", "the spike of an opened link")
    same(browser.js("return document.querySelector('.bands').firstElementChild.getAttribute('aria-label')"), "hidden", "the pinned band")
    browser.js("location.hash = '#s=7'")
    browser.settle()
    check("Sample 7" in browser.text(".panel"), "a changed address is followed")
    browser.press("]", "[")
    check("Sample 7" in browser.text(".panel"), "next and previous sample")


def test_explanation(browser, folder):
    """The summands of a membrane, of a spike and of one that is missing."""
    page = folder / "explained.html"
    browser.open(page, "#s=12&spike=hidden[7]@5")
    why = browser.text(".why")
    for words in ("0.445 above the threshold 1", "17 spikes", "input[9]@5 +1.5", "own reset, fired at 2 \u22121", "bias +0.25",
                  "8 smaller ones \u22120.0391", "membrane 1.45"):
        check(words in why, f"{words!r} in {why!r}")
    first = browser.find(".fall-bar")
    check(first.size["width"] > 40, "the largest summand's bar is seen")
    browser.shot("explained")
    browser.find(".why .address").click()
    browser.settle()
    same(browser.text(".address-title"), "input[9]@5", "a summand leads to its spike")
    check("[0,2,1]" in browser.text(".panel"), "and says its place")
    browser.open(page, "#s=12&spike=hidden[8]@5", dark=True)
    check("0.375 was missing to the threshold 1" in browser.text(".why"), browser.text(".why"))
    browser.shot("explained-dark")
    browser.open(page, "#s=4&spike=hidden[7]@5")
    check("saltus trace why 'it'\\''s a run.saltrace' --sample 4 --spike 'hidden[7]@5' --model MODEL --data DATA" == browser.text(".command"),
          browser.text(".command"))
    check("no label" in browser.text(".panel"), "a sample without label says so")
    browser.press("?")
    check("Pin the population" in browser.text("dialog[open]"), "? lists the keys")
    browser.shot("keys")
    browser.press(Keys.ESCAPE)


def test_hostile(browser, folder):
    """Names that would be markup, commands or parts of an address are text and nothing else."""
    page = folder / "hostile.html"
    browser.open(page)
    same(browser.js("return window.hacked"), None, "markup in a name was run")
    same(browser.js("return document.querySelectorAll('img').length"), 0, "elements made of names")
    check("window.hacked" in browser.driver.title and "window.hacked" in browser.text(".top h1"), "names are shown as they are")
    name = "a, b:c%20&d=[3]@1 \"'"
    browser.find("[data-population='1'] canvas").click()
    browser.drag("[data-population='1'] canvas", (0.3, 0.1), (0.6, 0.6))
    link = browser.js("return location.hash")
    browser.press("p")
    for part in (link, browser.js("return location.hash")):
        browser.open(page, part)
        same(browser.js("return location.hash"), part, "the address of a strange name")
        check("Selected area" in browser.text(".panel"), "the area of an opened link")
    browser.open(page, "#s=0&spike=%25zz&area=9-1:x&rows=x:1&pin=%&t=8-2")
    same(browser.fragment(), "#s=0", "a broken address is passed over")
    ActionChains(browser.driver).send_keys("/").perform()
    ActionChains(browser.driver).send_keys("a, b:c 150").perform()
    browser.settle()
    browser.press(Keys.ENTER)
    same(browser.text(".address-title"), f"{name}[150]", "the finder takes a strange name")
    browser.shot("hostile")


def test_empty(browser, folder):
    browser.open(folder / "empty.html")
    check("No samples" in browser.text("main"), "an empty trace says so")
    browser.press("w", "f", "?")
    browser.press(Keys.ESCAPE)
    browser.shot("empty")


def test_phone(browser, page, folder):
    for name, shown in (("phone", page), ("phone-explained", folder / "explained.html")):
        browser.open(shown, "#s=12&spike=hidden[7]@5" if name == "phone-explained" else "", size=PHONE)
        wide = browser.js("return document.documentElement.scrollWidth")
        check(wide <= 390, f"{name}: {wide} pixels wide")
        small = browser.js("return [...document.querySelectorAll('.top-tools button, .card')].filter((b) => b.offsetHeight < 30).length")
        same(small, 0, "buttons too small for a finger")
        height = browser.js("return document.documentElement.scrollHeight")
        browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 390, "height": height, "deviceScaleFactor": 2, "mobile": True})
        browser.settle()
        browser.shot(name)


def test_keyboard(browser, page):
    """Tab reaches everything in the order that it is read, and what has the focus is seen."""
    browser.open(page)
    seen = []
    for _ in range(12):
        ActionChains(browser.driver).send_keys(Keys.TAB).perform()
        seen.append(browser.js("const e = document.activeElement; return [e.className.split(' ')[0], getComputedStyle(e).outlineStyle !== 'none', "
                               "(e.getAttribute('aria-label') || e.title || e.textContent).trim() !== '']"))
    same([s[0] for s in seen[:6]], ["skip", "button", "button", "button", "button", "card"], "the order of Tab")
    check(all(s[1] and s[2] for s in seen), f"focus is seen and named: {seen}")

    # Without a mouse: a spike, its neighbour, an area.
    browser.js("document.querySelector(\"[aria-label='hidden'] canvas\").focus()")
    browser.press(".")
    check(browser.text(".address-title").startswith("hidden["), "a full stop selects the first spike of the band in focus")
    neuron = int(browser.text(".address-title").split("[")[1].split("]")[0])
    browser.press("k")
    check(browser.text(".address-title").startswith(f"hidden[{neuron + 1}]"), "K goes to the neuron below")
    browser.press("m")
    check("area=0-15:hidden" in browser.fragment(), f"M selects what is in view: {browser.fragment()}")
    browser.press("p")
    check("pin=hidden" in browser.fragment(), "P pins the band in focus")


def test_overview(browser, page):
    """The frame of the overview: drawn anew, then moved."""
    browser.open(page)
    browser.drag(".overview canvas", (0.3, 0.5), (0.6, 0.5))
    low, high = browser.view()
    check(2 < low < 5 and 7 < high < 11, f"a frame drawn: {low}-{high}")
    browser.drag(".overview canvas", (0.45, 0.5), (0.55, 0.5))
    moved = browser.view()
    check(moved[0] > low + 1 and abs((moved[1] - moved[0]) - (high - low)) < 0.01, f"the frame moved: {moved}")
    browser.press("f")
    browser.drag(".overview canvas", (0.3, 0.5), (0.301, 0.5))
    same(browser.view(), None, "a click draws no frame")


FRAMES = """
const done = arguments[arguments.length - 1];
const times = [];
let k = 0;
function frame(now) {
  times.push(now);
  if (times.length > 90) return done([1000 * (times.length - 1) / (now - times[0]), times.length - 1]);
  const target = document.querySelector("[data-population='0'] canvas");
  target.dispatchEvent(new WheelEvent('wheel', {deltaY: k++ % 30 < 15 ? -6 : 6, ctrlKey: true, bubbles: true, cancelable: true, clientX: 700}));
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);
"""


def test_million(browser, folder):
    """More than a million spikes: all counted, all drawn; frames a second are said, not judged."""
    browser.open(folder / "million.html")
    spikes = browser.js("return [...document.querySelectorAll('.panel tbody td:nth-child(3)')].map((e) => Number(e.textContent.replace(/\\D/g, '')))")
    check(sum(spikes) > 1e6, f"{sum(spikes)} spikes")
    browser.shot("million")
    inked = browser.js("const c = document.querySelector(\"[data-population='1'] canvas\"); const d = c.getContext('2d').getImageData(68, 8, c.width - 96, c.height - 20).data;"
                       "let n = 0; for (let k = 3; k < d.length; k += 4) n += d[k] > 40; return n / (d.length / 4)")
    check(0.3 < inked < 1, f"share of pixels with ink: {inked}")
    # What a frame costs the processor, beside frames a second, which depend on what else the machine does.
    browser.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    metrics = lambda: {m["name"]: m["value"] for m in browser.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]}
    before = metrics()
    frames, number = browser.driver.execute_async_script(FRAMES)
    after = metrics()
    cost = [1000 * (after[name] - before[name]) / number for name in ("ScriptDuration", "TaskDuration")]
    check(cost[0] > 0.05, f"{cost[0]} ms of drawing a frame: nothing was drawn")
    print(f"explore_test: {sum(spikes):,} spikes: {frames:.0f} frames a second while zooming; a frame costs {cost[0]:.1f} ms of script, "
          f"{cost[1]:.1f} ms of the page's thread in all")
    browser.press("w", "w", "w", "w", "w", "w", "w", "w", "w", "w", "w", "w")
    browser.shot("million-near")


def main():
    saltus, make_pages, source, out = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])
    missing = [name for name in ("chromium", "chromedriver") if not shutil.which(name)] + ([] if webdriver else ["python3-selenium"])
    if missing:
        print(f"explore_test: SKIPPED: {', '.join(missing)} is not installed (scripts/install-deps test)")
        return 77
    shots = out / "screenshots"
    shots.mkdir(parents=True, exist_ok=True)
    subprocess.run([make_pages, out], check=True)
    page, spikes, why = digits_page(saltus, source, out)
    check(len((out / "empty.html").read_bytes()) < 600_000, "the page without data is under 600 kB")
    browser = Browser(shots)
    try:
        mine = test_digits(browser, page, spikes)
        test_finder_and_links(browser, page, mine, why)
        test_explanation(browser, out)
        test_hostile(browser, out)
        test_empty(browser, out)
        test_keyboard(browser, page)
        test_overview(browser, page)
        test_million(browser, out)
        test_phone(browser, page, out)
        browser.check_quiet()
        browser.check_noticed(out)
    except Exception:
        traceback.print_exc()
        browser.shot("failed")
        return 1
    finally:
        browser.close()
    print(f"explore_test: passed; screenshots in {shots}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

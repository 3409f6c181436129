#!/usr/bin/python3
"""study_test.py SALTUS SOURCE_DIR OUT: the report of a study in headless Chromium, as its reader uses it.

Screenshots go to OUT/screenshots. Exit code 77: skipped, as there is no Chromium here.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import explore_test
from explore_test import PHONE, Browser


def expect(holds, words):
    if not holds:
        raise AssertionError(words)


def points(browser):
    return [int(row) for row in browser.js("return [...document.querySelectorAll('#body tr')].map((r) => r.dataset.point)")]


def header(browser, name):
    browser.js("[...document.querySelectorAll('#head th')].find((h) => h.textContent.startsWith(arguments[0])).click()", name)


def check_table(browser, rows):
    expect(len(points(browser)) == len(rows), "a row a point")
    header(browser, "accuracy")
    best = max(rows.values(), key=lambda r: r["accuracy"])
    shown = rows[points(browser)[0]]
    expect(shown["accuracy"] == best["accuracy"], "accuracy sorts, the best first")
    header(browser, "operations")
    order = [rows[p]["total_operations"] for p in points(browser)]
    expect(order == sorted(order), "operations sort, the least first")
    browser.js("const f = document.getElementById('filter'); f.value = 'horizon=2'; f.dispatchEvent(new Event('input'))")
    expect({rows[p]["settings"]["horizon"] for p in points(browser)} == {2}, "the filter keeps what it names")
    browser.js("const f = document.getElementById('filter'); f.value = ''; f.dispatchEvent(new Event('input'))")


def check_point(browser, rows):
    browser.js("document.querySelector('#body tr[data-point=\"3\"]').click()")
    panel = browser.text("#point")
    row = rows[3]
    expect("Point 3" in panel, "a click shows the point")
    expect(f"{100 * row['accuracy']:.2f} %" in panel, "with its accuracy")
    expect(f"--set horizon={row['settings']['horizon']:g}" in panel, "and the command that makes it again")
    expect(browser.js("return location.hash") == "#point=3", "the address tells the point")


def check_plot(browser):
    drawn = browser.js("""const c = document.getElementById('plot');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        let n = 0; for (let k = 3; k < d.length; k += 4) n += d[k] > 0; return n;""")
    expect(drawn > 2000, "the plot is drawn")
    before = browser.js("return document.getElementById('plot').toDataURL()")
    browser.js("const s = document.getElementById('cost'); s.value = '1'; s.dispatchEvent(new Event('change'))")
    expect(browser.js("return document.getElementById('plot').toDataURL()") != before, "another cost is another plot")


def check_phone(browser, page):
    browser.open(page, size=PHONE)
    wide = browser.js("""return [...document.querySelectorAll('body *')].filter((e) => !e.closest('.scroll') &&
        e.getBoundingClientRect().right > 391).map((e) => e.tagName + ' ' + e.id + ' ' + e.textContent.slice(0, 30))""")
    expect(browser.js("return document.documentElement.scrollWidth") <= PHONE[0], f"nothing is wider than a phone: {wide}")
    browser.shot("study-phone")


def main():
    saltus, source, out = sys.argv[1:]
    if explore_test.webdriver is None or not shutil.which("chromium") or not shutil.which("chromedriver"):
        print("skipped: no Chromium or no Selenium")
        return 77
    shots = pathlib.Path(out) / "screenshots"
    shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        study = pathlib.Path(folder) / "s"
        subprocess.run([saltus, "study", f"{source}/examples/models/mnist_hybrid_duplicate.saltus", "--data", f"{source}/examples/data",
                        "--samples", "0-99", "--scan", "horizon=1,2,4", "--scan", "theta_scale=0.5,1,2", "--energy", "45nm-float32",
                        "-o", str(study)], check=True, stdout=subprocess.DEVNULL)
        rows = {}
        for line in (study / "results.jsonl").read_text().splitlines():
            row = json.loads(line)
            rows[row["point"]] = row
        browser = Browser(shots)
        try:
            page = study / "report.html"
            browser.open(page)
            check_table(browser, rows)
            check_point(browser, rows)
            check_plot(browser)
            browser.shot("study")
            browser.open(page, fragment="#point=5", dark=True)
            expect("Point 5" in browser.text("#point"), "an address shows its point")
            browser.shot("study-dark")
            check_phone(browser, page)
            asked = [json.loads(entry["message"])["message"] for entry in browser.driver.get_log("performance")]
            urls = [m["params"]["request"]["url"] for m in asked if m["method"] == "Network.requestWillBeSent"]
            expect(all(url.startswith(("file:", "data:", "about:")) for url in urls), f"no request: {urls}")
            expect(not [e for e in browser.driver.get_log("browser") if e["level"] == "SEVERE"], "no error")
        finally:
            browser.close()
    print("the report of a study: table, point, plot, dark, phone, no request")
    return 0


if __name__ == "__main__":
    sys.exit(main())

# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""(h) The report of a large fleet: how large its page is, and how long a browser takes to open it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import without_facts
from ansible_collections.whm.mail.plugins.plugin_utils._audit.page import as_html
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils import samples

from .playbook import Ansible
from .report import Report, Target
from .timing import Contender, Sample, interleave

# A reader sees the page when its first frame is drawn.
DRAWN = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"


#: Share of what can be amiss on a server that is.
FLEETS = {"2 % amiss": 0.02, "half of it amiss": 0.5}


def opener(page: Any, file: Path) -> Callable[[], None]:
    def open_it() -> None:
        page.goto(file.as_uri())
        page.evaluate(DRAWN)

    return open_it


def browser() -> str:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        raise SystemExit("No Chromium opens the report: apt-get install chromium, or name one in CHROMIUM.")
    return program


def make(servers: int, accounts: int, faults: float, file: Path) -> tuple[int, float]:
    """Write a page; how many findings it is about, and in how many seconds it was made."""
    document = without_facts(samples.fleet(servers, accounts, faults=faults))
    start = time.perf_counter()
    text = as_html(document, "Mail audit")
    took = time.perf_counter() - start
    file.write_text(text, encoding="utf-8")
    return sum(len(row["drift"]) for row in document["servers"]), took


def opened(files: dict[str, Path], rounds: int) -> dict[str, Sample]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser(), args=["--no-sandbox", "--disable-gpu"])
        page = chromium.new_context(offline=True).new_page()
        times = interleave([Contender(name, opener(page, file)) for name, file in files.items()], rounds)
        chromium.close()
    return times


def run(_ansibles: list[Ansible], folder: Path, quick: bool) -> Report:
    servers, accounts, rounds = (50, 500, 3) if quick else (300, 500, 7)
    files = {name: folder / f"{number}.html" for number, name in enumerate(FLEETS)}
    made = {name: make(servers, accounts, faults, files[name]) for name, faults in FLEETS.items()}
    report = Report(
        "h",
        f"The page of an audit of {servers} servers with {accounts} accounts each",
        "In headless Chromium, from a file, from asking for it to the first frame. Making it is what the role `audit` does on the controller.",
        ["", "findings", "made in", "size", "opens in"],
    )
    for name, sample in opened(files, rounds).items():
        size = files[name].stat().st_size / 1e6
        findings, seconds = made[name]
        report.rows.append([name, f"{findings:,}", f"{seconds:.1f} s", f"{size:.1f} MB", str(sample)])
        report.figures[name] = {"findings": findings, "made": seconds, "megabytes": size, "opens": sample.figures()}
        report.targets += [
            Target(f"{name}: opens in seconds", sample.median, 3.0),
            Target(f"{name}: megabytes", size, 10.0),
        ]
    return report

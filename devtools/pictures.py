# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the audit's page for the docs, from a made-up fleet: ``python3 -m devtools.pictures``, with chromium and pdftoppm."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit.page import as_html
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils import samples
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs/images"
DAY, RUNS = 86400, 30

#: Name to the size of the window, the scheme of colours and how far down it is scrolled to.
VIEWS: dict[str, tuple[int, int, str, str]] = {
    "audit-wide": (1200, 1320, "light", ""),
    "audit-phone": (390, 1180, "light", ""),
    "audit-dark": (1200, 1150, "dark", "#fleet"),
}


def fleet() -> dict[str, Any]:
    """Sixty servers, audited for a month."""
    document = samples.fleet(60, 40)
    totals = document["summary"]
    ends = {
        "held": totals["accounts"]["held"],
        "outgoing_suspended": totals["accounts"]["outgoing_suspended"],
        "suspended": totals["accounts"]["suspended"],
        "drift": totals["findings"]["drift"],
        "problem": totals["findings"]["problem"],
        "queue": totals["queue"]["messages"],
        "unread": 0,
    }
    runs = [{"epoch": samples.NOW - DAY * (RUNS - day), "iso": "2026-11-01T00:00:00Z"} for day in range(RUNS)]
    series = {
        name: [(end or 0) + (day * 7 % 5) + (RUNS - day) // 4 for day in range(RUNS)] for name, end in ends.items()
    }
    run = {"by": "ann", "from": "controller, job 4711", "started_at": document["generated_at"], "policy": {}}
    return {**document, "run": run, "trends": {"runs": runs, "series": series}}


def main() -> None:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        page_file, pdf = Path(folder) / "audit.html", Path(folder) / "audit.pdf"
        page_file.write_text(as_html(fleet(), "Mail audit"), encoding="utf-8")
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, (width, height, scheme, target) in VIEWS.items():
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            page.goto(page_file.as_uri() + target)
            page.screenshot(path=str(IMAGES / f"{name}.png"))
        page.emulate_media(media="print", color_scheme="light")
        page.pdf(path=str(pdf), format="A4")
        browser.close()
        paper = [
            "pdftoppm",
            "-png",
            "-singlefile",
            "-r",
            "80",
            "-f",
            "1",
            "-l",
            "1",
            str(pdf),
            str(IMAGES / "audit-paper"),
        ]
        subprocess.run(paper, check=True)


if __name__ == "__main__":
    main()

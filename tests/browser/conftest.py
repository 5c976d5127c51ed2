# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report in a browser: headless Chromium, as the distribution packages it, driven by Playwright.

Nothing is downloaded: where there is no Chromium or no Playwright these tests are skipped and say what to install.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import without_facts
from ansible_collections.whm.mail.plugins.plugin_utils._audit.page import as_html

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the report is not tested in a browser: pip install -r requirements-dev.txt"
)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        pytest.skip("the report is not tested in a browser: apt-get install chromium, or name one in CHROMIUM")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


class Reader:
    """A page that is open, and all that it asked for and complained about."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))

    def rows(self, table: str = "#findings-table") -> list[list[str]]:
        """Texts of the cells of the rows that are shown."""
        found = self.page.locator(f"{table} tbody tr").all()
        return [[text.strip() for text in row.locator("td, th").all_inner_texts()] for row in found]

    def status(self) -> str:
        return str(self.page.locator(".status").first.inner_text())


Open = Callable[..., Reader]


@pytest.fixture
def open_report(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    """open_report(document, **options of the browser's context) writes the page and opens it as a file, offline."""
    contexts: list[Any] = []

    def open_it(document: dict[str, Any], **options: Any) -> Reader:
        file = tmp_path / f"report{len(contexts)}.html"
        file.write_text(as_html(without_facts(document), "Mail audit"), encoding="utf-8")
        context = chromium.new_context(offline=True, **{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        reader = Reader(context.new_page())
        reader.page.goto(file.as_uri())
        return reader

    yield open_it
    for context in contexts:
        context.close()

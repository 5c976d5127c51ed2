# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site that ``make docs`` built a moment ago, and a browser where there is one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.whm.mail.tests.browser import conftest as browser

ROOT = Path(__file__).resolve().parents[2]

chromium = browser.chromium  # the fixture


@pytest.fixture(scope="session")
def site() -> Path:
    html = Path(os.environ.get("WHM_MAIL_SITE") or ROOT / ".ansible/docs/html")
    assert (html / "index.html").is_file(), "there is no site yet: make docs"
    return html

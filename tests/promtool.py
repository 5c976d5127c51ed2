# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""promtool, with which Prometheus itself judges metrics and rules of alerts."""

from __future__ import annotations

import shutil
import subprocess

INSTALL = "apt-get install --no-install-recommends prometheus"


def missing() -> str | None:
    """What keeps promtool from being run here and how to change that, or None."""
    return None if shutil.which("promtool") else f"prometheus not installed; on Debian 12: {INSTALL}"


def complaints(metrics: str) -> str:
    """What it has to say about metrics in the text format: errors, and where they are not as is customary."""
    argv = ["promtool", "check", "metrics"]
    asked = subprocess.run(argv, input=metrics.encode("utf-8"), capture_output=True, check=False, timeout=60)
    said = (asked.stdout + asked.stderr).decode("utf-8", "replace").strip()
    return said or (f"exit code {asked.returncode}" if asked.returncode else "")

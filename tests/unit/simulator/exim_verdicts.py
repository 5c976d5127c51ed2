# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a real Exim said about configurations (exim_verdicts.yml)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Recorded:
    section: str | None
    text: str
    where: int | str | None
    message: str | None

    @property
    def line(self) -> int | None:
        return self.where if isinstance(self.where, int) else None

    @property
    def error(self) -> str | None:
        if self.message is None:
            return None
        where = f" in line {self.where} of /etc/exim.conf" if self.line else f" for {self.where}" if self.where else ""
        return f"Exim configuration error{where}:\n  {self.message}"


RECORDED = [Recorded(*row) for row in yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))]

# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""spamd's options in /etc/cpspamd.conf (BEHAVIOUR E): what is not given is deleted, and Exim restarts every time.

That the file holds lines of key=value is our guess. A program on the server finds it under the root that its whmapi1 has too.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any

from .errors import Failure
from .params import Params
from .registry import Context, area, handler, mirrored
from .state import Server
from .texts import quoted

AREA = "spamd"
FILE = "/etc/cpspamd.conf"
_NUMBERS = ("maxchildren", "maxconnperchild", "timeoutchild", "timeouttcp")
_OPTIONS = ("allowedips", "maxconnperchild", "maxchildren", "pidfile", "timeouttcp", "timeoutchild")
_FOLDERS = ("/run", "/tmp", "/var/run", "/var/run/spamd")
_PREFIX = re.compile(r"\d{1,3}(\.\d{1,3}){0,2}\.?\Z")


@dataclass
class Spamd:
    """The file's lines, those that WHM knows nothing of among them, and how often Exim was restarted for them."""

    conf: dict[str, str] = field(default_factory=dict)
    restarts: int = 0

    def save(self, wanted: dict[str, str]) -> bool:
        kept = {name: value for name, value in self.conf.items() if name not in _OPTIONS}
        self.conf = {**kept, **wanted}
        self.restarts += 1
        return True


@area(AREA)
def _seed(server: Server, wanted: Any) -> Spamd:
    """The file's lines as a mapping; a patch replaces them all."""
    spamd: Spamd = server.areas.get(AREA) or Spamd()
    if wanted is not None:
        spamd.conf = {str(name): str(value) for name, value in wanted.items()}
    return spamd


@mirrored(FILE)
def _file(server: Server) -> str | None:
    lines = [f"{name}={value}\n" for name, value in server.areas[AREA].conf.items()]
    return "".join(lines) if lines else None


@handler("save_spamd_config", writes=True, role="SpamFilter", package="Spamd")
def save_spamd_config(ctx: Context, params: Params) -> None:
    """Checks everything, then replaces everything; 0 and nothing are the same."""
    wanted = {name: value for name in _OPTIONS if (value := params.get(name)) not in ("", "0")}
    for name, value in wanted.items():
        if not _is_valid(name, value):
            raise Failure(f"{quoted(value)} is not a valid value for {quoted(name)}.")
    spamd: Spamd = ctx.server.areas[AREA]
    ctx.mutate(None, lambda: spamd.save(wanted))


def _is_valid(name: str, value: str) -> bool:
    if name in _NUMBERS:
        return bool(re.fullmatch(r"[0-9]+", value))
    if name == "pidfile":
        folder, _slash, file = value.rpartition("/")
        return value.startswith("/") and bool(file) and (folder or "/") in _FOLDERS
    return all(_is_network(item.strip()) for item in value.split(","))


def _is_network(text: str) -> bool:
    if _PREFIX.match(text):
        return all(int(octet) < 256 for octet in text.strip(".").split("."))
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True

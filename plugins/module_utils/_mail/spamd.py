# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""spamd's options: what is a value, and the file that only programs on the server can read."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._whm.errors import ConnectionFailed, InvalidInput
from ansible_collections.whm.mail.plugins.module_utils._whm.whmapi1 import WHMAPI1

NUMBERS = ("maxconnperchild", "maxchildren", "timeouttcp", "timeoutchild")
OPTIONS = ("allowedips", "maxconnperchild", "maxchildren", "pidfile", "timeouttcp", "timeoutchild")

FILE = "/etc/cpspamd.conf"

_PREFIX = re.compile(r"\d{1,3}(\.\d{1,3}){0,2}\.?\Z", re.ASCII)
_LOCAL = ipaddress.ip_address("127.0.0.1")
_REMEDY = "Run the task on the WHM server itself, as root: add become: true."


def file_beside(whmapi1: str) -> str:
    """The options' file of the server whose ``whmapi1`` this is: under the same root, which is / but for an image or a
    simulated server."""
    return (whmapi1[: -len(WHMAPI1)] if whmapi1.endswith(WHMAPI1) else "") + FILE


def read_file(path: str) -> dict[str, str]:
    """The file's lines of ``key=value``; none when there is no file: spamd then uses its defaults.

    :raises ConnectionFailed: it cannot be read.
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise ConnectionFailed(f"{path} cannot be read ({exc.strerror})", remedy=_REMEDY) from None
    lines = [line.strip() for line in text.splitlines()]
    pairs = [line.partition("=") for line in lines if "=" in line and not line.startswith("#")]
    return {name.strip(): value.strip() for name, _equals, value in pairs}


def typed(conf: Mapping[str, str]) -> dict[str, Any]:
    """The options as results show them: null for an option that is not set. What is no number stays a text."""
    found: dict[str, Any] = {}
    for name in OPTIONS:
        value = conf.get(name) or None
        if name == "allowedips":
            found[name] = _sorted(value.split(",")) if value else []
        else:
            found[name] = int(value) if value and name in NUMBERS and re.fullmatch("[0-9]+", value) else value
    return found


def _sorted(values: Iterable[str]) -> list[str]:
    return sorted({value.strip() for value in values if value.strip()})


def check_value(name: str, value: Any, where: str = "") -> Any:
    """The value in its normal form.

    :param where: says so of a value that does not come from an option.
    :raises InvalidInput: the server would not take it, or would take it for something else.
    """
    if name == "allowedips":
        return _check_networks(where, value)
    if name == "pidfile":
        if not re.fullmatch(r"/(?:[^\s/]+/)*[^\s/]+", str(value)) or "/../" in value:
            raise InvalidInput(f"{where}pidfile: {value or 'an empty value'} is not the absolute path of a file.")
        return value
    if not isinstance(value, int) or value < 0:
        raise InvalidInput(f"{where}{name}: {value} is not a positive whole number.")
    if value == 0:
        raise InvalidInput(
            f"{where}{name}: 0 cannot be set, because WHM deletes an option that is 0; give a number, or leave the option to its default."
        )
    return value


def _check_networks(where: str, values: Iterable[str]) -> list[str]:
    networks = _sorted(values)
    covered = [_covers_local(where, network) for network in networks]
    if networks and not any(covered):
        raise InvalidInput(f"{where}allowedips: 127.0.0.1 is missing; the server itself could not use spamd. Add it.")
    return networks


def _covers_local(where: str, text: str) -> bool:
    """Whether 127.0.0.1 is in an address, a network or the beginning of an address such as ``192.168.``."""
    if _PREFIX.match(text):
        octets = text.strip(".").split(".")
        if all(int(octet) < 256 for octet in octets):
            return ["127", "0", "0", "1"][: len(octets)] == octets
    try:
        return _LOCAL in ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise InvalidInput(
            f"{where}allowedips: {text} is not an address, a network such as 10.0.0.0/8 or the beginning of an address such as 192.168."
        ) from None


def as_params(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as save_spamd_config takes them; those not set are left out, which deletes them."""
    set_ones = {name: value for name, value in options.items() if value not in (None, [])}
    return {name: ",".join(value) if isinstance(value, list) else value for name, value in set_ones.items()}

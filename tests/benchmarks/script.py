# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an admin would write by hand: the very same requests, over one connection a server, so many servers at a time.

``python3 script.py FILE``: JSON with ``servers`` (api_host, api_port, api_token), ``ca_path``, ``requests`` (function and pairs of
parameters) and ``at_a_time``. It reads every answer as JSON, and keeps none.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import Any
from urllib.parse import urlencode

import requests


def ask(server: dict[str, Any], ca_path: str, calls: list[tuple[str, list[tuple[str, str]]]]) -> int:
    """Ask one server everything; how many answers were fine."""
    fine = 0
    with requests.Session() as session:
        session.trust_env = False  # else the environment's bundle takes the place of this one
        session.verify = ca_path
        session.headers["Authorization"] = f"whm root:{server['api_token']}"
        session.headers["Content-Type"] = "application/x-www-form-urlencoded"
        for function, params in calls:
            url = f"https://{server['api_host']}:{server['api_port']}/json-api/{function}"
            answer = session.post(url, data=urlencode([tuple(pair) for pair in params]), timeout=300).json()
            fine += answer["metadata"]["result"] in (0, 1)
    return fine


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        given = json.load(file)
    with ProcessPoolExecutor(given["at_a_time"]) as pool:
        done = [pool.submit(ask, server, given["ca_path"], given["requests"]) for server in given["servers"]]
        fine = sum(each.result() for each in done)
    assert fine == len(given["servers"]) * len(given["requests"])


if __name__ == "__main__":
    main()

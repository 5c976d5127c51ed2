# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mobileconfig: writes a profile for mail programs into a file of the controller."""

from __future__ import annotations

import atexit
import plistlib
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from .kinds import Key, Options, Picture, Properties, Row, Situation, Subject

ADDRESS = "info@alice.example.com"

_FOLDER = tempfile.mkdtemp()
atexit.register(shutil.rmtree, _FOLDER, True)

# ---- where its effect is seen


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for path in folder.iterdir():
        if path.is_file():
            yield ("file", path.name), ("%04o" % stat.S_IMODE(path.lstat().st_mode), _profile(path.read_bytes()))


def _profile(content: bytes) -> Any:
    """What a profile says, without the identifiers that are made anew each time; the bytes of anything else."""
    start, end = content.find(b"<?xml"), content.rfind(b"</plist>")
    if start < 0 or end < 0:
        return content
    found = plistlib.loads(content[start : end + len(b"</plist>")])
    for payload in (found, *found["PayloadContent"]):
        del payload["PayloadUUID"]
    del found["PayloadIdentifier"]
    return repr(found)


# ---- tasks


def _check_mode(folder: Path) -> list[Options]:
    dest = {"address": ADDRESS, "dest": str(folder / "profile.mobileconfig")}
    return [dest, {**dest, "use_ssl": False, "services": ["email"], "mode": "0640", "force": True}]


_tasks = st.fixed_dictionaries(
    {
        "address": st.sampled_from(["info@example.com", "in@example.com", "a", "nosuch@example.com"]),
        "dest": st.just("a.mobileconfig"),
    },
    optional={
        "use_ssl": st.booleans(),
        "services": st.lists(st.sampled_from(["email", "caldav", "carddav"]), min_size=1, max_size=3),
        "mode": st.sampled_from(["0600", "0644"]),
        "force": st.booleans(),
    },
)


def _forced(options: Options) -> bool:
    return bool(options.get("force"))


def _agrees(identity: str, row: Row, shown: Picture) -> bool:
    found = shown.get(("file", "a.mobileconfig"))
    return found is not None and row["diff"]["after"].get(row["dest"], {}).get("mode", found[0]) == found[0]


def _reached(identity: str, options: Options, shown: Picture) -> bool:
    mode, content = shown["file", "a.mobileconfig"]
    return mode == options.get("mode", "0600") and options["address"] in content


SUBJECT = Subject(
    situations=(
        Situation({"address": ADDRESS, "dest": f"{_FOLDER}/a.mobileconfig"}),
        Situation({"address": ADDRESS, "dest": f"{_FOLDER}/a.mobileconfig", "services": ["email"]}, check_mode=True),
        Situation({"address": "nosuch@alice.example.com", "dest": f"{_FOLDER}/b.mobileconfig"}, True),
    ),
    properties=Properties(
        "mobileconfig",
        tasks=_tasks,
        changes=st.sampled_from([{"file": None}, {"file": "notes of somebody"}, {}]),
        picture=_picture,
        keys=lambda identity: [("file", "a.mobileconfig")],
        agrees=_agrees,
        reached=_reached,
        acts=_forced,
        blind=_forced,
        shows=False,
    ),
    check_mode=_check_mode,
)

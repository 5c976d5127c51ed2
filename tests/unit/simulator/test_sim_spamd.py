# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""spamd's options (BEHAVIOUR E), and the file that programs on the server read."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator import loading

ALL = {
    "allowedips": "127.0.0.1,192.168.", "maxconnperchild": "200", "maxchildren": "5", "pidfile": "/var/run/spamd.pid",
    "timeouttcp": "30", "timeoutchild": "300",
}  # fmt: skip


def test_all_options_are_saved_and_unknown_lines_kept(ask, server):
    body = ask("save_spamd_config", ALL)
    assert body["metadata"]["result"] == 1
    assert "data" not in body
    assert server.areas["spamd"].conf == {"nice": "10", **ALL}


@pytest.mark.parametrize("value", [None, "", "0"])
@pytest.mark.parametrize("name", list(ALL))
def test_what_is_left_out_empty_or_0_is_deleted(ask, server, name, value):
    loading.patch(server, {"spamd": ALL})
    rest = {key: text for key, text in ALL.items() if key != name}
    ask("save_spamd_config", rest if value is None else {**rest, name: value})
    assert server.areas["spamd"].conf == rest


def test_exim_restarts_every_time(ask, server):
    for _time in range(3):
        ask("save_spamd_config", ALL)
    assert server.areas["spamd"].restarts == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("maxchildren", "five"), ("maxchildren", "-1"), ("timeouttcp", "1.5"), ("pidfile", "spamd.pid"),
     ("pidfile", "/nowhere/spamd.pid"), ("allowedips", "127.0.0.1,example.com"), ("allowedips", "300.")],
)  # fmt: skip
def test_nothing_is_saved_when_one_value_is_bad(ask, server, name, value):
    loading.patch(server, {"spamd": ALL})
    body = ask("save_spamd_config", {**ALL, "maxconnperchild": 9, name: value})
    assert body["metadata"]["reason"].endswith(f"\u201c{value}\u201d is not a valid value for \u201c{name}\u201d.")
    assert server.areas["spamd"].conf == ALL
    assert server.areas["spamd"].restarts == 0


def test_the_role(ask, server):
    server.disabled_roles = {"SpamFilter"}
    assert "SpamFilter" in ask("save_spamd_config", ALL)["metadata"]["reason"]


def test_the_file_follows(sim, box, post):
    file = box.root / "etc/cpspamd.conf"
    assert file.read_text().splitlines() == [
        "allowedips=127.0.0.1",
        "maxchildren=5",
        "pidfile=/var/run/spamd.pid",
        "nice=10",
    ]
    assert sim.cli_dir("whm1") == box.root / "usr/local/cpanel/bin"
    post("save_spamd_config", maxchildren="9")
    assert file.read_text().splitlines() == ["nice=10", "maxchildren=9"]
    box.patch({"spamd": {}})
    assert not file.exists()
    box.reset()
    assert file.exists()
    assert not (sim["whm2"].root / "etc/cpspamd.conf").exists()

# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.spamd import (
    as_params,
    check_value,
    file_beside,
    read_file,
    typed,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import ConnectionFailed, InvalidInput

UNSET = {
    "allowedips": [], "maxconnperchild": None, "maxchildren": None, "pidfile": None, "timeouttcp": None, "timeoutchild": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("program", "file"),
    [
        ("/usr/local/cpanel/bin/whmapi1", "/etc/cpspamd.conf"),
        ("/mnt/image/usr/local/cpanel/bin/whmapi1", "/mnt/image/etc/cpspamd.conf"),
        ("/root/bin/whmapi1", "/etc/cpspamd.conf"),
    ],
)
def test_the_file_is_under_the_same_root(program: str, file: str) -> None:
    assert file_beside(program) == file


def test_reading_the_file(tmp_path: Path) -> None:
    file = tmp_path / "cpspamd.conf"
    assert read_file(str(file)) == {}
    file.write_bytes(
        b"# a=comment\nallowedips = 127.0.0.1, 10.0.0.0/8\n\nmaxchildren=5\nodd line\npidfile=/var/run/a=b.pid\nx=\xff\n"
    )
    found = read_file(str(file))
    assert found["allowedips"] == "127.0.0.1, 10.0.0.0/8"
    assert found["pidfile"] == "/var/run/a=b.pid"
    assert set(found) == {"allowedips", "maxchildren", "pidfile", "x"}


def test_a_file_that_cannot_be_read_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match="cannot be read") as caught:
        read_file(str(tmp_path))
    assert "become" in caught.value.explanation


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_is_not_ours(tmp_path: Path) -> None:
    file = tmp_path / "cpspamd.conf"
    file.write_text("maxchildren=5\n")
    file.chmod(0)
    with pytest.raises(ConnectionFailed, match="Permission denied"):
        read_file(str(file))


def test_types() -> None:
    assert typed({}) == typed({"maxchildren": "", "allowedips": "", "other": "1"}) == UNSET
    assert typed({"allowedips": "b,a, a", "maxchildren": "5", "timeouttcp": "x5", "pidfile": "/x"}) == {
        **UNSET, "allowedips": ["a", "b"], "maxchildren": 5, "timeouttcp": "x5", "pidfile": "/x",
    }  # fmt: skip


GOOD = [
    ("allowedips", ["127.0.0.1"], ["127.0.0.1"]),
    ("allowedips", [" 192.0.2.1", "127.0.0.1", "127.0.0.1"], ["127.0.0.1", "192.0.2.1"]),
    ("allowedips", ["127."], ["127."]),
    ("allowedips", ["127.0.0", "::1", "2001:db8::/32"], ["127.0.0", "2001:db8::/32", "::1"]),
    ("allowedips", ["0.0.0.0/0"], ["0.0.0.0/0"]),
    ("allowedips", [], []),
    ("maxchildren", 1, 1),
    ("timeouttcp", 86400, 86400),
    ("pidfile", "/var/run/spamd.pid", "/var/run/spamd.pid"),
    ("pidfile", "/spamd.pid", "/spamd.pid"),
]


@pytest.mark.parametrize(("name", "value", "normal"), GOOD)
def test_values(name: str, value: Any, normal: Any) -> None:
    assert check_value(name, value) == normal


BAD = [
    ("allowedips", ["192.0.2.1"], "127.0.0.1 is missing"),
    ("allowedips", ["127.0.0.1", "example.com"], "example.com is not an address"),
    ("allowedips", ["127.0.0.1", "10.0.0.0/33"], "10.0.0.0/33 is not"),
    ("allowedips", ["127.0.0.1", "300."], "300. is not"),
    ("allowedips", ["127.0.0.1 10.0.0.1"], "is not an address"),
    ("maxchildren", -1, "maxchildren: -1 is not a positive"),
    ("timeoutchild", 0, "timeoutchild: 0 cannot be set"),
    ("maxconnperchild", "5x", "5x is not a positive"),
    ("pidfile", "spamd.pid", "not the absolute path"),
    ("pidfile", "/var/run/", "not the absolute path"),
    ("pidfile", "/var/run/../x", "not the absolute path"),
    ("pidfile", "/a b", "not the absolute path"),
    ("pidfile", "", "an empty value"),
]


@pytest.mark.parametrize(("name", "value", "text"), BAD)
def test_bad_values(name: str, value: Any, text: str) -> None:
    with pytest.raises(InvalidInput, match=text):
        check_value(name, value)


def test_a_bad_value_of_the_file_says_where_it_is() -> None:
    with pytest.raises(InvalidInput, match=r"In /etc/cpspamd\.conf, maxchildren: x is not"):
        check_value("maxchildren", "x", "In /etc/cpspamd.conf, ")


def test_params() -> None:
    assert as_params(UNSET) == {}
    wanted = {**UNSET, "allowedips": ["10.", "127.0.0.1"], "maxchildren": 5}
    assert as_params(wanted) == {"allowedips": "10.,127.0.0.1", "maxchildren": 5}

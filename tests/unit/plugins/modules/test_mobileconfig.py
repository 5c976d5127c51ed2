# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.profiles import checksum_of
from ansible_collections.whm.mail.plugins.modules import mobileconfig
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects.mobileconfig import ADDRESS
from ansible_collections.whm.mail.tests.unit.plugins.builders import ok, scripted


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "info.mobileconfig"


def options(dest: Path, /, **given: Any) -> dict[str, Any]:
    return {"address": ADDRESS, "dest": str(dest)} | given


def state(dest: Path) -> tuple[Any, ...]:
    found = dest.lstat()
    return dest.read_bytes(), found.st_mode & 0o7777, found.st_mtime_ns, found.st_ino


def test_write_then_again(run: Any, box: Any, dest: Path) -> None:
    predicted = run("mobileconfig", True, **options(dest))
    assert not dest.exists()
    result = run("mobileconfig", **options(dest))
    assert result == predicted, "the checksum can be foretold, because it is not that of the signed bytes"
    assert result == {
        "changed": True,
        "dest": str(dest),
        "checksum": checksum_of(dest.read_bytes()),
        "diff": {
            "before": {str(dest): {"checksum": None, "mode": None}},
            "after": {str(dest): {"checksum": result["checksum"], "mode": "0600"}},
        },
    }
    written = state(dest)
    assert written[1] == 0o600
    for check_mode in (True, False):
        again = run("mobileconfig", check_mode, **options(dest))
        assert again["changed"] is False
        assert again["checksum"] == result["checksum"]
        assert again["diff"] == {"before": {}, "after": {}}
    assert state(dest) == written, "signed anew, and left alone"
    assert not box.log.writes()


def test_other_settings_are_another_profile(run_https: Any, dest: Path) -> None:
    seen = set()
    for more in ({}, {"use_ssl": False}, {"services": ["email"]}, {"services": ["carddav", "email"]}):
        result = run_https("mobileconfig", **options(dest, **more))
        assert result["changed"]
        assert list(result["diff"]["after"][str(dest)]) == ["checksum"] or not seen
        assert checksum_of(dest.read_bytes()) == result["checksum"]
        seen.add(result["checksum"])
    assert len(seen) == 4
    assert run_https("mobileconfig", **options(dest, services=["email", "carddav"]))["changed"] is False


def test_what_is_sent(run: Any, box: Any, dest: Path) -> None:
    run("mobileconfig", **options(dest, services=["carddav", "email"], use_ssl=False))
    run("mobileconfig", **options(dest, address="alice"))
    assert [dict(entry.params) for entry in box.log] == [
        {"account": ADDRESS, "use_ssl": "0", "selected_account_services": "email,carddav"},
        {"account": "alice", "use_ssl": "1", "selected_account_services": "email,caldav,carddav"},
    ]


def test_the_mode_alone(run_https: Any, dest: Path) -> None:
    run_https("mobileconfig", **options(dest))
    inode = state(dest)[3]
    predicted = run_https("mobileconfig", True, **options(dest, mode="644"))
    result = run_https("mobileconfig", **options(dest, mode="0644"))
    assert predicted == result
    assert result["diff"] == {"before": {str(dest): {"mode": "0600"}}, "after": {str(dest): {"mode": "0644"}}}
    assert state(dest)[1] == 0o644
    assert state(dest)[3] == inode, "not written anew"
    assert run_https("mobileconfig", **options(dest, mode="0644"))["changed"] is False


def test_force_writes_every_time(run_https: Any, dest: Path) -> None:
    run_https("mobileconfig", **options(dest))
    before = state(dest)
    assert run_https("mobileconfig", True, **options(dest, force=True))["changed"]
    assert state(dest) == before
    assert run_https("mobileconfig", **options(dest, force=True))["changed"]
    assert state(dest)[0] != before[0]


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize("check_mode", [False, True])
def test_something_else_is_replaced_only_by_force(
    run_https: Any, box: Any, dest: Path, link: bool, check_mode: bool
) -> None:
    other = dest.parent / "precious"
    other.write_text("precious")
    if link:
        dest.symlink_to(other)
    else:
        dest.write_text("precious")
    result = run_https("mobileconfig", check_mode, **options(dest))
    assert result["error"]["kind"] == "invalid_input"
    assert "is there and is no profile; set force: true" in result["msg"]
    assert len(box.log) == 0
    assert run_https("mobileconfig", check_mode, **options(dest, force=True))["changed"]
    assert (dest.read_bytes() == b"precious") is check_mode
    assert dest.is_symlink() is (link and check_mode)
    assert other.read_text() == "precious"


INVALID = [
    ({"address": "a b"}, "address: a b is not an address"),
    ({"address": ""}, "address: an empty value is not an address"),
    ({"dest": "relative.mobileconfig"}, "relative.mobileconfig is not the absolute path of a file"),
    ({"dest": "/"}, "is not the absolute path of a file"),
    ({"dest": "/nonexistent/x.mobileconfig"}, "the folder /nonexistent does not exist on this machine; create it first"),
    ({"dest": "/tmp"}, "/tmp is not a file"),
    ({"mode": 600}, 'mode: 600 is not a quoted octal number such as "0600"'),
    ({"mode": 384}, "is not a quoted octal number"),
    ({"mode": "u=rw"}, "is not a quoted octal number"),
    ({"mode": "4755"}, "is not a quoted octal number"),
    ({"services": []}, "services is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "text"), INVALID, ids=[row[1] for row in INVALID])
@pytest.mark.parametrize("check_mode", [False, True])
def test_bad_input_sends_nothing(
    run_https: Any, box: Any, dest: Path, given: dict[str, Any], text: str, check_mode: bool
) -> None:
    result = run_https("mobileconfig", check_mode, **options(dest, **given))
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


@pytest.mark.parametrize("address", ["nosuch@alice.example.com", "nosuch"])
def test_an_address_that_does_not_exist(run: Any, dest: Path, address: str) -> None:
    result = run("mobileconfig", **options(dest, address=address))
    assert result["error"]["kind"] == "refusal"
    assert f"\u201c{address}\u201d is not a valid account name." in result["msg"]
    assert not dest.exists()


def test_the_role_is_named_when_it_is_off(run: Any, box: Any, dest: Path) -> None:
    box.patch({"disabled_roles": ["MailReceive"]})
    result = run("mobileconfig", **options(dest))
    assert result["error"]["kind"] == "unsupported"
    assert "MailReceive" in result["msg"]


def test_a_lost_answer_is_asked_for_again(run_https: Any, box: Any, dest: Path) -> None:
    box.faults.add(Fault("reset_after", function="generate_mobileconfig"))
    assert run_https("mobileconfig", **options(dest))["changed"]
    assert len(box.log) == 2


def test_a_full_disk(run_https: Any, dest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mobileconfig.os, "replace", full)
    result = run_https("mobileconfig", **options(dest))
    assert result["error"]["kind"] == "file"
    assert "could not be written (No space left on device)" in result["msg"]
    assert list(dest.parent.iterdir()) == []


PAYLOADS = [None, "", "!!!", base64.b64encode(b"private things").decode(), ["x"], {"a": 1}]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_an_answer_without_a_profile(dest: Path, payload: Any) -> None:
    client, _script, _pauses = scripted(ok({"payload": payload}), read_only=True)
    params = mobileconfig.check({**options(dest), "use_ssl": True, "services": None, "mode": "0600", "force": False})
    with pytest.raises(Exception, match="the answer holds no configuration profile") as caught:
        mobileconfig.act(client, params, False)
    assert "private" not in str(caught.value)
    assert not dest.exists()


def test_nothing_of_a_profile_is_in_the_result(run_https: Any, dest: Path) -> None:
    result = run_https("mobileconfig", **options(dest))
    text = json.dumps(result)
    assert b"IncomingMailServerHostName" in dest.read_bytes()
    for piece in ("plist", "IncomingMailServer", "993", base64.b64encode(dest.read_bytes()[:60]).decode()[:40]):
        assert piece not in text


def test_it_never_writes_on_the_server(run_https: Any, box: Any) -> None:
    assert mobileconfig.MODULE.reads_only({}, False)

# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""audit_server and audit_report take and return what their documentation says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible_collections.whm.mail.plugins.action import audit_report, audit_server
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import account, facts

from ..test_conventions import as_documented, document
from .conftest import Act

STANDARD = {"changed", "failed", "msg", "warnings"}
ROOT = Path(__file__).resolve().parents[4]
HELD: dict[str, Any] = {"ansible_facts": {"whm_mail": facts(accounts=[account("bob", hold=True)])}}
WANTED = {"outgoing_mail": [{"users": ["bob"], "hold": False}]}


@pytest.fixture(autouse=True)
def scratch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "scratch"))


def held(act: Act, folder: Path, **variables: Any) -> dict[str, Any]:
    options = {"gathered": "found", "folder": str(folder), "policy": WANTED}
    return act("audit_server", variables={"inventory_hostname": "whm1", "found": HELD, **variables}, **options)


@pytest.mark.parametrize(("name", "spec"), [("audit_server", audit_server.SPEC), ("audit_report", audit_report.SPEC)])
def test_the_documentation_says_what_the_action_takes(name: str, spec: dict[str, Any]) -> None:
    documented = document(name, "DOCUMENTATION")["options"]
    assert {key: as_documented(option) for key, option in documented.items()} == {
        key: as_documented(option) for key, option in spec.items()
    }


def test_the_documentation_says_what_the_actions_return(act: Act, tmp_path: Path) -> None:
    one = held(act, tmp_path / "report")
    lost = held(act, tmp_path / "other", found={"failed": True, "msg": "no", "error": {"kind": "connection"}})
    assert set(lost) - STANDARD == set(document("audit_server", "RETURN"))
    assert (one["status"], one["findings"]["drift"], lost["status"]) == ("ok", 1, "unreachable")
    made = act("audit_report", folder=str(tmp_path / "report"), variables={"ansible_play_hosts_all": ["whm1"]})
    assert set(made) - STANDARD == set(document("audit_report", "RETURN"))
    assert (made["written"], made["summary"]["findings"]["drift"], made["changed"]) == (True, 1, False)


def test_an_address_that_cannot_be_resolved_is_the_name(act: Act, tmp_path: Path) -> None:
    assert held(act, tmp_path / "report", ansible_host="{{ nowhere }}")["status"] == "ok"


def test_what_is_no_result_of_mail_facts_is_refused(act: Act, tmp_path: Path) -> None:
    with pytest.raises(AnsibleActionFail, match=r"found is not the result of whm\.mail\.mail_facts"):
        held(act, tmp_path, found={"ansible_facts": {"whm_mail": {"accounts": []}}})
    with pytest.raises(AnsibleActionFail, match="there is no variable found"):
        held(act, tmp_path, found=None)


def test_a_folder_that_cannot_be_made_is_said(act: Act, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    held(act, tmp_path / "file/below")
    result = act("audit_report", folder=str(tmp_path / "file/below"), variables={"ansible_play_hosts_all": ["whm1"]})
    assert result["failed"]
    assert result["msg"].startswith("The report cannot be written: ")


def test_an_earlier_audit_that_is_none_is_said(act: Act, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    held(act, tmp_path / "report")
    result = act("audit_report", folder=str(tmp_path / "report"), earlier=str(tmp_path / "old.json"))
    assert "old.json cannot be compared with" in result["msg"]


def test_an_installed_collection_tells_its_version_by_its_manifest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert audit_report.version() == yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    (tmp_path / "MANIFEST.json").write_text('{"collection_info": {"version": "9.8.7"}}', encoding="utf-8")
    monkeypatch.setattr(audit_report, "_ROOT", tmp_path)
    assert audit_report.version() == "9.8.7"


def test_what_the_policy_may_miss_and_the_server_does_not_have_is_no_difference(act: Act, tmp_path: Path) -> None:
    entry = {"users": ["bob", "dora"], "hold": True}
    for more, drift in (({}, 1), ({"ignore_missing": True}, 0)):
        options = {"gathered": "found", "folder": str(tmp_path), "policy": {"outgoing_mail": [{**entry, **more}]}}
        audited = act("audit_server", variables={"inventory_hostname": "whm1", "found": HELD}, **options)
        assert (audited["findings"]["drift"], audited["status"]) == (drift, "ok")

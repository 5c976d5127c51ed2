# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters as Ansible calls them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.whm.mail.plugins.filter import audit as filters
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import account, audit, audited, facts

ROOT = Path(__file__).resolve().parents[4]
FOUND = filters.FilterModule().filters()


def gathered(of: dict[str, Any]) -> dict[str, Any]:
    return {"ansible_facts": {"whm_mail": of}}


def variables(of: dict[str, Any], policy: Any = None) -> dict[str, Any]:
    return {"audit_server": FOUND["audit_server"](gathered(of), "a", "192.0.2.1", policy or {})}


def test_each_filter_is_documented_with_the_arguments_that_it_takes() -> None:
    for name, function in FOUND.items():
        said = yaml.safe_load((ROOT / f"plugins/filter/{name}.yml").read_text(encoding="utf-8"))
        document = said["DOCUMENTATION"]
        code = function.__code__
        taken = list(code.co_varnames[1 : code.co_argcount])
        assert document["name"] == name
        assert [part.strip() for part in document["positional"].split(",")] == taken
        assert list(document["options"]) == ["_input", *taken]
        assert "EXAMPLES" in said
        assert "_value" in said["RETURN"]


def test_a_server_is_held_against_the_policy() -> None:
    policy = {"outgoing_mail": [{"users": ["bob"], "hold": False}]}
    found = FOUND["audit_server"](gathered(facts(accounts=[account("bob", hold=True)])), "whm1", "192.0.2.1", policy)
    assert [row["id"] for row in found["server"]["drift"]] == ["whm1/outgoing_mail/bob/hold"]
    assert found["policy_given"] is True
    assert FOUND["audit_server"](gathered(facts()), "whm1", "h", {"forwards": []})["policy_given"] is False


def test_a_server_that_failed_has_no_findings_and_no_facts() -> None:
    failed = {"failed": True, "msg": "refused", "error": {"kind": "connection"}}
    found = FOUND["audit_server"](failed, "whm1", "192.0.2.1", {"exim": {"state": "valid"}})["server"]
    assert (found["status"], found["drift"], "facts_json" in found) == ("unreachable", [], False)


def test_facts_of_something_else_are_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="mail_facts"):
        FOUND["audit_server"](gathered({"accounts": []}), "whm1", "h", {})


def test_the_document_has_every_host_that_is_named() -> None:
    hostvars = {
        "a": variables(facts(), {"exim": {"state": "valid"}}),
        "b": {"ansible_host": "192.0.2.2"},
        "c": variables(facts()),
    }
    found = FOUND["audit_document"](hostvars, ["b", "a"])
    assert [(row["name"], row["host"], row["status"]) for row in found["servers"]] == [
        ("a", "192.0.2.1", "ok"),
        ("b", "192.0.2.2", "failed"),
    ]
    assert found["policy_given"] is True
    assert found["generated_at"]["epoch"] == pytest.approx(time.time(), abs=60)
    assert found["collection_version"] == yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"]


def test_the_json_carries_the_facts_or_not_and_no_other_file_does() -> None:
    found = FOUND["audit_document"]({"a": variables(facts())}, ["a"])
    (full,) = json.loads(FOUND["audit_file"](found, "json"))["servers"]
    (small,) = json.loads(FOUND["audit_file"](found, "json", facts=False))["servers"]
    assert full["facts"] == json.loads(json.dumps(facts()))
    assert full == {**small, "facts": full["facts"]}
    assert "facts_json" not in small
    for form in ("csv", "junit", "html"):
        assert "ops@example.net" not in FOUND["audit_file"](found, form)


def test_an_installed_collection_tells_its_version_by_its_manifest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "MANIFEST.json").write_text('{"collection_info": {"version": "9.8.7"}}', encoding="utf-8")
    monkeypatch.setattr(filters, "_ROOT", tmp_path)
    assert FOUND["audit_document"]({}, [])["collection_version"] == "9.8.7"


def test_an_earlier_audit_is_read_or_refused_with_its_path(tmp_path: Path) -> None:
    earlier = tmp_path / "audit.json"
    earlier.write_text(json.dumps(audit(audited("a", facts(exim={"valid": False, "message": None})))), encoding="utf-8")
    found = FOUND["audit_document"]({"a": variables(facts())}, ["a"], str(earlier))
    assert [row["resource"] for row in found["compared_with"]["gone"]] == ["exim"]
    for text in (b"{", b"\xff"):
        earlier.write_bytes(text)
        with pytest.raises(AnsibleFilterError, match=r"audit\.json cannot be compared"):
            FOUND["audit_document"]({}, [], str(earlier))
    with pytest.raises(AnsibleFilterError, match=r"missing\.json"):
        FOUND["audit_document"]({}, [], str(tmp_path / "missing.json"))


@pytest.mark.parametrize(
    "text",
    [
        b"{'schema': 1, 'servers': []}",  # what ansible-core before 2.19 made of it
        b"{",
        b"\xff",
        b"[]",
        b'{"schema": 0, "servers": []}',
        b'{"schema": 1, "servers": [1]}',
        b'{"schema": 1, "servers": [{}]}',
        b'{"schema": 1, "servers": [{"name": "a", "status": "ok", "drift": [1]}]}',
        b'{"schema": 1, "servers": [{"name": "a", "facts": 1, "drift": []}]}',
    ],
)
def test_an_earlier_audit_that_nobody_can_read_is_a_sentence_in_the_report_and_no_end(
    tmp_path: Path, text: bytes
) -> None:
    earlier = tmp_path / "audit.json"
    earlier.write_bytes(text)
    with pytest.raises(AnsibleFilterError, match=r"audit\.json cannot be compared with\. \S"):
        FOUND["audit_document"]({"a": variables(facts())}, ["a"], str(earlier))
    found = FOUND["audit_document"]({"a": variables(facts())}, ["a"], str(earlier), True)
    assert found["not_compared"].startswith(f"{earlier} cannot be compared with. ")
    assert "compared_with" not in found
    assert str(earlier) in FOUND["audit_file"](found, "html")
    assert "facts" in json.loads(FOUND["audit_file"](found, "json"))["servers"][0]


@pytest.mark.parametrize("when", [None, "yesterday", {}, {"epoch": 1}])
def test_an_earlier_audit_that_does_not_say_when_it_was_is_compared_with(tmp_path: Path, when: Any) -> None:
    earlier = tmp_path / "audit.json"
    earlier.write_text(json.dumps({**audit(audited("a", facts())), "generated_at": when}), encoding="utf-8")
    found = FOUND["audit_document"]({"a": variables(facts())}, ["a"], str(earlier))
    assert found["compared_with"]["generated_at"] is None
    assert "the last audit" in FOUND["audit_file"](found, "html")


@pytest.mark.parametrize(
    ("form", "beginning"), [("json", "{"), ("csv", "server,"), ("junit", "<?xml"), ("html", "<!DOCTYPE html>")]
)
def test_files_of_each_form(form: str, beginning: str) -> None:
    assert FOUND["audit_file"](audit(audited("a", facts())), form, "A title").startswith(beginning)


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="pdf is none of json, csv, junit, html"):
        FOUND["audit_file"](audit(), "pdf")

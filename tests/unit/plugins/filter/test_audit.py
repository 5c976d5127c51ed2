# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter as Ansible calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.whm.mail.plugins.filter import audit as filters
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import audit, audited, facts

ROOT = Path(__file__).resolve().parents[4]
FOUND = filters.FilterModule().filters()


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


def test_the_json_carries_the_facts_or_not_and_no_other_file_does() -> None:
    found = audit(audited("a", facts()))
    (full,) = json.loads(FOUND["audit_file"](found, "json"))["servers"]
    (small,) = json.loads(FOUND["audit_file"](found, "json", facts=False))["servers"]
    assert full["facts"] == json.loads(json.dumps(facts()))
    assert full == {**small, "facts": full["facts"]}
    for form in ("csv", "junit", "html"):
        assert "ops@example.net" not in FOUND["audit_file"](found, form)


@pytest.mark.parametrize(
    ("form", "beginning"), [("json", "{"), ("csv", "server,"), ("junit", "<?xml"), ("html", "<!DOCTYPE html>")]
)
def test_files_of_each_form(form: str, beginning: str) -> None:
    assert FOUND["audit_file"](audit(audited("a", facts())), form, "A title").startswith(beginning)


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="pdf is none of json, csv, junit, html"):
        FOUND["audit_file"](audit(), "pdf")

# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about each kind of finding: words for all of them, and tasks that do that and no more."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.plugins.plugin_utils._audit.advice import ROOT_VARIABLE, advice, as_yaml
from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import SUBSET_OF
from ansible_collections.whm.mail.plugins.plugin_utils._audit.policy import drift
from ansible_collections.whm.mail.plugins.plugin_utils._audit.problems import findings
from ansible_collections.whm.mail.plugins.plugin_utils._audit.rules import RULES
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils import samples
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.test_audit_policy import DIFFERS, UNKNOWN
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.test_audit_problems import CASES, POLICED
from hypothesis import example, given, settings
from hypothesis import strategies as st

Row = dict[str, Any]
RECORD = "v=spf1 +a +mx -all"


def finding(resource: str, item: str, field: str, severity: str, expected: Any = None, found: Any = None) -> Row:
    row = {"resource": resource, "item": item, "field": field, "severity": severity, "message": "What was found."}
    return {"id": f"whm1/{resource}/{item}/{field}", **row, "expected": expected, "found": found}


def mail(user: str, **options: Any) -> tuple[str, Row]:
    return "outgoing_mail", {"users": [user], **options}


TABLE: list[tuple[Row, str, tuple[str, Row] | None]] = [
    (finding("outgoing_mail", "bob", "hold", "drift", True, False), "Hold it", mail("bob", hold=True)),
    (finding("outgoing_mail", "bob", "hold", "drift", False, True), "Release it", mail("bob", hold=False)),
    (finding("outgoing_mail", "bob", "suspended", "drift", True, False), "Suspend it", mail("bob", suspended=True)),
    (finding("outgoing_mail", "bob", "suspended", "drift", False, True), "Unsuspend", mail("bob", suspended=False)),
    (finding("outgoing_mail", "bob", "hold", "info", None, True), "Find out why", mail("bob", hold=False)),
    (finding("outgoing_mail", "bob", "suspended", "info", None, True), "Find out why", mail("bob", suspended=False)),
    (finding("outgoing_mail", "bob", "account", "drift", "present", "absent"), "Correct the name", None),
    (finding("outgoing_mail", "bob", "readable", "problem", True, False), "spelt right", None),
    (
        finding("forwards", "nobody", "destinations", "drift", ["a@x.example"], []),
        "that the policy wants",
        ("forward_destination", {"users": ["nobody"], "destinations": ["a@x.example"]}),
    ),
    (
        finding("forwards", "root", "destinations", "drift", [], ["a@x.example"]),
        "that the policy wants",
        ("forward_destination", {"users": ["root"], "destinations": []}),
    ),
    (
        finding("forwards", "root", "destinations", "problem", None, []),
        "somebody reads",
        ("forward_destination", {"users": ["root"], "destinations": ["{{ %s }}" % ROOT_VARIABLE]}),
    ),
    (finding("forwards", "root", "readable", "problem", ["a@x.example"]), "audit_gather_subset", None),
    *(
        (
            finding("dkim", "a.example", "state", severity, expected, found),
            words,
            ("dkim", {"domains": ["a.example"], "state": state}),
        )
        for severity, expected, found, words, state in (
            ("drift", "present", "absent", "publish its key", "present"),
            ("drift", "present", "invalid", "publish its key", "present"),
            ("drift", "absent", "present", "out of DNS", "absent"),
            ("problem", "v=DKIM1; p=x;", "missing", "publish its key", "present"),
            ("problem", "v=DKIM1; p=x;", "mismatch", "publish its key", "present"),
            ("problem", "v=DKIM1; p=x;", "malformed", "publish its key", "present"),
            ("problem", "v=DKIM1; p=x;", "multiple", "Leave only", "present"),
            ("problem", None, "no_key", "make a key", "present"),
            ("problem", "v=DKIM1; p=x;", "weak_key", "replace the key", "present"),
        )
    ),
    (finding("dkim", "a.example", "readable", "problem", "present"), "name servers", None),
    (
        finding("spf", "a.example", "record", "drift", [RECORD], ["v=spf1 -all"]),
        "that the policy wants",
        ("spf", {"domains": ["a.example"], "record": RECORD}),
    ),
    (
        finding("spf", "a.example", "record", "problem", "+ip4:192.0.2.11", "missing"),
        "whatever else sends",
        ("spf", {"domains": ["a.example"], "record": "v=spf1 +ip4:192.0.2.11 ~all"}),
    ),
    (finding("spf", "a.example", "record", "problem", None, "missing"), "names all that sends", None),
    (finding("spf", "a.example", "record", "problem", "+a", "mismatch"), "Add what", None),
    (finding("spf", "a.example", "record", "problem", "+a", "multiple"), "one record", None),
    (finding("spf", "a.example", "record", "problem", "+a", "malformed"), "Correct the record", None),
    (finding("spf", "a.example", "readable", "problem"), "name servers", None),
    (
        finding("dmarc", "a.example", "record", "drift", ["v=DMARC1; p=reject"], []),
        "TXT record v=DMARC1; p=reject at _dmarc.a.example and no other",
        ("dmarc", {"domains": ["a.example"], "record": "v=DMARC1; p=reject"}),
    ),
    (
        finding("dmarc", "a.example", "record", "problem", "v=DMARC1; p=quarantine;", "missing"),
        "TXT record v=DMARC1; p=quarantine; at _dmarc.a.example[.] Where",
        ("dmarc", {"domains": ["a.example"], "record": "v=DMARC1; p=quarantine;"}),
    ),
    (
        finding("dmarc", "a.example", "record", "problem", None, "malformed"),
        "p=none; at _dmarc.a.example and no other",
        ("dmarc", {"domains": ["a.example"], "record": "v=DMARC1; p=none;"}),
    ),
    *(
        (finding("dmarc", "a.example", "record", "problem", None, found), "what it relies on", None)
        for found in ("dkim_error", "spf_error", "dkim_spf_error")
    ),
    (finding("services", "exim", "running", "problem", True, False), "log of exim", None),
    (finding("tokens", "ansible", "expires", "problem", None, "2026-12-01T00:00:00Z"), "Make a new token", None),
    (
        finding("default_dmarc", "record", "record", "drift", "v=DMARC1; p=reject", None),
        "as the policy wants",
        ("default_dmarc", {"record": "v=DMARC1; p=reject"}),
    ),
    (
        finding("mail_limits", "alice", "max_email_per_hour", "drift", 200, "unlimited"),
        "as the policy wants",
        ("mail_limit", {"users": ["alice"], "max_email_per_hour": 200}),
    ),
    (
        finding("blocks", "DE", "blocked", "drift", True, False),
        "as the policy wants",
        ("incoming_country_block", {"countries": ["DE"], "state": "present"}),
    ),
    (
        finding("blocks", "*.spam.example", "blocked", "drift", False, True),
        "as the policy wants",
        ("incoming_domain_block", {"domains": ["*.spam.example"], "state": "absent"}),
    ),
    (
        finding("blocks", "ZZ", "blocked", "info", None, True),
        "meant to be so",
        ("incoming_country_block", {"countries": ["ZZ"], "state": "absent"}),
    ),
    (
        finding("greylisting", "settings", "enabled", "drift", True, False),
        "as the policy wants",
        ("greylisting", {"enabled": True}),
    ),
    (
        finding("greylisting", "192.0.2.0/24", "trusted", "drift", False, True),
        "as the policy wants",
        ("greylisting_trusted_host", {"hosts": ["192.0.2.0/24"], "state": "absent"}),
    ),
    (
        finding("greylisting", "google", "autotrust", "drift", False, True),
        "as the policy wants",
        ("greylisting_provider", {"providers": ["google"], "autotrust": False}),
    ),
    (finding("dmarc", "*", "readable", "problem", True, False), "audit_gather_subset", None),
    *(
        (finding("ptr", "192.0.2.1", "record", "problem", "mail.x.example", found), words, None)
        for found, words in (
            ("missing", "owner of the address, .* say mail.x.example"),
            ("mismatch", "leads back"),
            ("helo_mismatch", "say mail.x.example.*greet"),
            ("private_address", "public address"),
        )
    ),
    (finding("ptr", "192.0.2.1", "record", "problem", None, "missing"), "by which the server greets", None),
    (finding("ptr", "192.0.2.1", "readable", "problem"), "name servers of the address", None),
    (finding("exim", "configuration", "valid", "drift", True, False), "repair", ("exim_config", {"state": "valid"})),
    (
        finding("exim", "configuration", "valid", "problem", "valid", "invalid"),
        "repair",
        ("exim_config", {"state": "valid"}),
    ),
    (finding("exim", "configuration", "readable", "problem"), "by hand", None),
    (finding("queue", "messages", "frozen", "problem", 0, 3), "why they froze", None),
    (finding("queue", "messages", "age", "problem", 0, 3), "destination", None),
    (finding("queue", "messages", "readable", "problem"), "Queue Manager", None),
    (finding("spamd", "options", "readable", "info", {"maxchildren": 5}), "check mode", None),
    (finding("mailbox_messages", "a@x.example", "savedbefore 90d", "info", None, 9), "for good", None),
    (finding("mailbox_messages", "a@x.example", "ALL", "problem"), "Correct policy_mailbox_messages", None),
    (finding("mailbox_messages", "a@x.example", "readable", "problem"), "audit_gather_subset", None),
    (finding("subset", "auth", "readable", "problem", True, False), "privilege", None),
    (finding("subset", "accounts bob", "readable", "problem", True, False), "privilege", None),
    *(
        (finding(resource, "*", "policy", "problem"), f"Correct policy_{resource}", None)
        for resource in ("outgoing_mail", "forwards", "dkim", "spf", "exim")
    ),
]


def identified(row: Row) -> str:
    return "-".join(str(row[key]) for key in ("resource", "field", "severity", "expected", "found"))


@pytest.mark.parametrize(("row", "words", "task"), TABLE, ids=[identified(row) for row, _words, _task in TABLE])
def test_each_kind_of_finding_says_what_to_do(row: Row, words: str, task: tuple[str, Row] | None) -> None:
    said, text = advice(row)
    assert re.search(words, said)
    assert said.endswith(".")
    if task is None:
        assert text is None
        return
    module, options = task
    assert text is not None
    (found,) = yaml.safe_load(text)
    assert found == {"name": found["name"], f"whm.mail.{module}": options}
    assert row["item"] in found["name"] or module in ("exim_config", "greylisting")  # the only thing of its kind


def test_the_table_speaks_of_every_resource() -> None:
    assert {row["resource"] for row, _words, _task in TABLE} == set(SUBSET_OF)


def everything() -> list[Row]:
    """All findings that the tests of problems and policy make."""
    made = [findings(samples.facts(**of), "whm1", {}, 24) for _name, of, _severity, _id in CASES]
    made += [findings(samples.facts(**of), "whm1", policy, 24) for of, policy in POLICED]
    rows = [row for found in made for row in found]
    for _name, of, policy, _where in [*DIFFERS, *UNKNOWN]:
        rows += [each.as_dict("whm1") for each in drift(samples.facts(**of), policy)]
    return [*rows, *(row for server in samples.story()["servers"] for row in server["drift"])]


def test_no_finding_that_is_made_is_left_without_words() -> None:
    rows = everything()
    assert len(rows) > 50
    assert [row["id"] for row in rows if advice(row)[0] == "The finding says all that is known."] == []


def test_tasks_have_options_of_their_module_and_no_others() -> None:
    tasks = [text for row in [*everything(), *(row for row, _words, _task in TABLE)] if (text := advice(row)[1])]
    seen = set()
    for text in tasks:
        (task,) = yaml.safe_load(text)
        ((name, options),) = [(key, value) for key, value in task.items() if key != "name"]
        module = importlib.import_module(
            f"ansible_collections.whm.mail.plugins.modules.{name.removeprefix('whm.mail.')}"
        )
        assert name.startswith("whm.mail.")
        assert set(options) <= set(module.OPTIONS)
        for option, value in options.items():
            nested = module.OPTIONS[option].get("options")
            assert not nested or all(set(each) <= set(nested) for each in value)
        seen.add(name.removeprefix("whm.mail."))
    of_rules = {part.name for rule in RULES.values() for part in rule.parts}
    assert seen == {"dkim", "dmarc", "exim_config", "forward_destination", "outgoing_mail", "spf"} | of_rules


@pytest.mark.parametrize(
    ("servers", "condition"),
    [
        (["whm1"], "inventory_hostname == 'whm1'"),
        (["whm1", "whm2.example.com"], "inventory_hostname in ['whm1', 'whm2.example.com']"),
    ],
)
def test_a_task_runs_on_no_server_but_those_of_the_finding(servers: list[str], condition: str) -> None:
    text = advice(finding("outgoing_mail", "bob", "hold", "info", None, True), servers)[1]
    assert text is not None
    assert yaml.safe_load(text)[0]["when"] == condition


@pytest.mark.parametrize("server", ["it's", "a b", "x' or 'x", "{{ 7*7 }}", "", "a\nb", *samples.HOSTILE])
def test_a_server_whose_name_is_no_plain_one_gets_no_task(server: str) -> None:
    assert advice(finding("exim", "configuration", "valid", "drift", True, False), [server])[1] is None


ATTACKS = (*samples.HOSTILE, "{% if 1 %}", "a{# b", "x: y", "- a", "a\n- name: more", "*", "!unsafe x", "yes", "root")


@pytest.mark.parametrize("text", ATTACKS)
def test_what_a_server_calls_its_things_is_never_more_than_a_value(text: str) -> None:
    """Either the module would refuse it, or it stands there whole; Ansible takes none of it for a template."""
    rows = [
        finding("outgoing_mail", text, "hold", "info", None, True),
        finding("forwards", text, "destinations", "drift", ["a@x.example"], []),
        finding("forwards", "root", "destinations", "drift", [text], []),
        finding("dkim", text, "state", "problem", None, "missing"),
        finding("spf", text, "record", "drift", [RECORD], []),
        finding("spf", "a.example", "record", "drift", [text], []),
        finding("spf", "a.example", "record", "problem", text, "missing"),
    ]
    for row in rows:
        task = advice(row, ["whm1"])[1]
        if task is None:
            continue
        assert "{{" not in task
        assert task.isascii()
        assert all(char.isprintable() or char == "\n" for char in task)
        (found,) = yaml.safe_load(task)
        assert set(found) == {"name", "when", *(key for key in found if key.startswith("whm.mail."))}
        assert len(found) == 3


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example("y")
@example("a\n- b")
@example("a ")
def test_yaml_says_what_the_value_is(text: str) -> None:
    value = {"a": [text], "b": {"c": text}}
    assert yaml.safe_load(as_yaml(value)) == value
    task = advice(finding("forwards", "root", "destinations", "drift", [f"|{text}", text], []), ["whm1"])[1]
    if task is not None:
        assert yaml.safe_load(task)[0]["whm.mail.forward_destination"]["destinations"] == [f"|{text}", text]


def test_root_of_the_system_is_never_held() -> None:
    assert advice(finding("outgoing_mail", "root", "hold", "info", None, True))[1] is None

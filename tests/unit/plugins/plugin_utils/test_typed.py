# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables as text, native or anything between: one meaning, or one sentence."""

from __future__ import annotations

import getpass
import json
from datetime import date
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_options import ROLES
from ansible_collections.whm.mail.plugins.plugin_utils._controller.typed import typed
from hypothesis import given
from hypothesis import strategies as st

ALL = {name: option for options in ROLES.values() for name, option in options.items()}
ENTRY = {"users": ["hank"], "hold": False, "max_changes": 5}


def take(name: str, value: Any) -> Any:
    found, wrong = typed({name: ALL[name]}, {name: value})
    assert wrong == []
    return found[name]


def refusal(name: str, value: Any) -> str:
    _found, wrong = typed({name: ALL[name]}, {name: value})
    assert len(wrong) == 1
    return wrong[0]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        # Lists of names
        ("containment_exempt_users", "alice", ["alice"]),
        ("containment_exempt_users", "alice, bob,,", ["alice", "bob"]),
        ("containment_exempt_users", "alice\nbob\r\n", ["alice", "bob"]),
        ("containment_exempt_users", "- alice\n- bob\n", ["alice", "bob"]),
        ("containment_exempt_users", "[alice, 'bob']", ["alice", "bob"]),
        ("containment_exempt_users", '["alice"]', ["alice"]),
        ("containment_exempt_users", "[0123, 1e3, 1.10, 2026-01-31, yes, 'null']", ["0123", "1e3", "1.10", "2026-01-31", "yes", "null"]),
        ("containment_exempt_users", "[1e3, true, 12]", ["1e3", "true", "12"]),
        ("containment_exempt_users", '[1e3, true, 12, "\\ud83d\\ude00"]', ["1e3", "true", "12", "\U0001f600"]),
        ("containment_exempt_users", "0123,1e3,true,null", ["0123", "1e3", "true", "null"]),
        ("containment_exempt_users", ["alice", 2026], ["alice", "2026"]),
        ("containment_exempt_users", 2026, ["2026"]),
        ("containment_exempt_users", "", []),
        ("containment_exempt_users", None, []),
        ("containment_exempt_users", [], []),
        ("containment_exempt_users", "[]", []),
        ("audit_gather_subset", "all,!mailboxes", ["all", "!mailboxes"]),
        ("audit_gather_subset", '[all, "!mailboxes"]', ["all", "!mailboxes"]),
        # Words of a choice
        ("audit_fail_on", "problem", ["problem"]),
        ("audit_fail_on", "drift, problem", ["drift", "problem"]),
        ("audit_formats", "json", ["json"]),
        ("audit_formats", " ", ["json", "csv", "junit", "html"]),
        ("containment_action", " suspend\n", "suspend"),
        # Yes and no
        *[("containment_end_sessions", value, False) for value in (False, "false", "False", "no", " off ", "0", 0, "n")],
        *[("audit_compare", value, True) for value in (True, "true", "Yes", "on", "1", 1, "", None)],
        # Numbers
        ("containment_max", "10", 10),
        ("containment_max", " 7\n", 7),
        ("containment_max", 3.0, 3),
        ("containment_max", "", 10),
        # Texts
        ("audit_title", "[1]", "[1]"),
        ("audit_title", "{a}", "{a}"),
        ("containment_incident", "0123", "0123"),
        ("containment_incident", 2026, "2026"),
        ("containment_incident", date(2026, 1, 31), "2026-01-31"),
        ("containment_incident", "null", "null"),
        ("containment_incident", "", None),
        ("containment_by", "", getpass.getuser()),
        # Entries
        ("policy_outgoing_mail", [{"users": "hank", "hold": "false", "max_changes": "5"}], [ENTRY]),
        ("policy_outgoing_mail", [json.dumps({"users": ["hank"], "hold": False, "max_changes": 5})], [ENTRY]),
        ("policy_outgoing_mail", ENTRY, [ENTRY]),
        ("policy_outgoing_mail", "- users: hank\n  hold: no\n  max_changes: 5\n  suspended:\n  exclusive: ~", [ENTRY]),
        ("policy_outgoing_mail", "{users: [hank], hold: 0, max_changes: 5}", [ENTRY]),
        ("policy_forwards", "[{user: 0123, destinations: 'a@b.example, c@d.example'}]",
         [{"user": "0123", "destinations": ["a@b.example", "c@d.example"]}]),
        ("policy_forwards", [{"user": "root", "destinations": "[]"}], [{"user": "root", "destinations": []}]),
        ("policy_forwards", "", []),
        ("policy_spf", [{"domain": "a.example", "record": "v=spf1 -all"}], [{"domain": "a.example", "record": "v=spf1 -all"}]),
        ("policy_mail_limits", [{"users": "hank", "max_email_per_hour": 200, "max_emailacct_quota": "unlimited"}],
         [{"users": ["hank"], "max_email_per_hour": "200", "max_emailacct_quota": "unlimited"}]),
        ("policy_exim", "state: valid\ndiscard_edit: 'no'", {"state": "valid", "discard_edit": False}),
        ("policy_exim", "{}", {}),
        ("policy_spamd", {"allowedips": "10.0.0.0/8,::1", "maxchildren": "7", "reset_others": "yes"},
         {"allowedips": ["10.0.0.0/8", "::1"], "maxchildren": 7, "reset_others": True}),
        ("policy_mailbox_messages", [{"addresses": ["a@b.example"], "mailboxes": ["INBOX.Archive "], "query": "ALL ", "allow_all": "on"}],
         [{"addresses": ["a@b.example"], "mailboxes": ["INBOX.Archive "], "query": "ALL ", "allow_all": True}]),
    ],
)  # fmt: skip
def test_what_a_value_means(name: str, value: Any, expected: Any) -> None:
    found = take(name, value)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("audit_fail_on", "problms", "audit_fail_on: problms is none of drift, problem, unread; give one of these."),
        ("audit_formats", ["json", "pdf"], "audit_formats: pdf is none of json, csv, junit, html, openmetrics; give one of these."),
        ("containment_action", "delete", "containment_action: delete is none of hold, suspend; give one of these."),
        ("containment_end_sessions", "maybe", "containment_end_sessions: maybe is neither true nor false; write one of these."),
        ("containment_end_sessions", 2, "containment_end_sessions: 2 is neither true nor false; write one of these."),
        ("containment_max", "many", "containment_max: many is no whole number; write it in digits only, such as 5."),
        ("containment_max", True, "containment_max: true is no whole number; write it in digits only, such as 5."),
        ("containment_max", "1.5", "containment_max: 1.5 is no whole number; write it in digits only, such as 5."),
        ("containment_exempt_users", ["alice", True], "containment_exempt_users, entry 2: true is no text; put it in quotes."),
        ("containment_exempt_users", "[alice, null]", "containment_exempt_users, entry 2 is empty; take it out, or put its name in quotes."),
        ("containment_exempt_users", True, "containment_exempt_users: true is no list; write it as [a, b], or as a text with commas."),
        ("containment_exempt_owners", {"a": 1}, 'containment_exempt_owners: {"a": 1} is no list; write it as [a, b], or as a text with commas.'),
        ("audit_title", ["x"], 'audit_title: ["x"] is no text; put it in quotes.'),
        ("policy_forwards", "root", "policy_forwards: root is no list of entries; write them as YAML or JSON, such as [{...}, {...}]."),
        ("policy_forwards", [{"usr": "root"}], "policy_forwards, entry 1: usr is not known; what is known is user, destinations, ignore_missing."),
        ("policy_forwards", [{"user": "root", "destinations": ""}],
         "policy_forwards, entry 1: destinations is missing or empty; give it; [] means none."),
        ("policy_forwards", ["root"], "policy_forwards, entry 1: root is no dictionary; write it as YAML or JSON, such as {key: value}."),
        ("policy_outgoing_mail", [{"users": "a", "hold": "maybe"}],
         "policy_outgoing_mail, entry 1, hold: maybe is neither true nor false; write one of these."),
        ("policy_dkim", [{"domains": "a.example"}, {"domains": "b.example", "state": "on"}],
         "policy_dkim, entry 2, state: on is none of present, absent; give one of these."),
        ("policy_exim", "valid", "policy_exim: valid is no dictionary; write it as YAML or JSON, such as {key: value}."),
        ("policy_spamd", {"max_children": 5},
         "policy_spamd: max_children is not known; what is known is allowedips, maxconnperchild, maxchildren, pidfile, timeouttcp, "
         "timeoutchild, reset_others."),
    ],
)  # fmt: skip
def test_what_cannot_be_one_is_named_with_its_value_and_the_remedy(name: str, value: Any, sentence: str) -> None:
    assert refusal(name, value) == sentence


@pytest.mark.parametrize("text", ["- a\n b: [", "[all, !mailboxes]", "[a]\n]"])
def test_text_that_begins_as_yaml_and_is_none(text: str) -> None:
    assert "cannot be read as YAML or JSON (" in refusal("containment_exempt_users", text)


@pytest.mark.parametrize(("name", "text"), [("containment_exempt_users", "[alice,"), ("policy_exim", "{state:")])
def test_text_that_a_space_behind_e_has_ended(name: str, text: str) -> None:
    said = refusal(name, text)
    assert f"{name}: {text} ends too early." in said
    assert "takes a space for the end of a value" in said


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("audit_since", "1fortnight", "audit_since: 1fortnight is not a time; "),
        ("audit_timeout", 0, "audit_timeout: 0 is not between 1 and 86400 seconds."),
        ("audit_gather_subset", "exim,que", "audit_gather_subset: que is not a subset; there are "),
        ("audit_file_mode", "u+rw", "audit_file_mode: u+rw is no mode; "),
        ("containment_since", "yesterday", "containment_since: yesterday is not a time; "),
        ("containment_criteria", [], "containment_criteria is empty, "),
        (
            "containment_hold_for",
            "24",
            "containment_hold_for: 24 is no duration such as 90m, 24h or 7d; leave it empty for no end.",
        ),
        ("containment_hold_for", "0h", "containment_hold_for: 0h is no time at all; "),
        ("containment_incident", "../../x", "containment_incident: ../../x cannot name an incident; "),
    ],
)
def test_what_would_fail_later_is_refused_at_once(name: str, value: Any, words: str) -> None:
    assert refusal(name, value).startswith(words)


def test_a_long_value_is_shown_in_part_and_on_one_line() -> None:
    assert refusal("policy_forwards", "x\ny" * 100).startswith("policy_forwards: x yx yx")
    assert len(refusal("policy_forwards", "x\ny" * 100)) < 200


def test_all_that_is_wrong_is_said_at_once() -> None:
    _found, wrong = typed(ALL, {"containment_max": "many", "audit_compare": "maybe"})
    assert sorted(sentence.partition(":")[0] for sentence in wrong) == ["audit_compare", "containment_max"]


def test_defaults_are_copies() -> None:
    typed(ALL, {})[0]["audit_formats"].append("x")
    assert "x" not in typed(ALL, {})[0]["audit_formats"]


words = st.text("ab0123eE.+-_xnultrfsyo", min_size=1, max_size=6).filter(lambda text: not text.startswith("-"))
entries = st.lists(
    st.fixed_dictionaries(
        {"users": st.lists(words, min_size=1, max_size=3)},
        optional={"hold": st.booleans(), "suspended": st.booleans(), "max_changes": st.integers(0, 99)},
    ),
    max_size=3,
)


@given(entries)
def test_text_of_any_kind_means_the_same_as_what_it_is_the_text_of(policy: list[dict[str, Any]]) -> None:
    for text in (json.dumps(policy), yaml.safe_dump(policy), yaml.safe_dump(policy, default_flow_style=True)):
        assert take("policy_outgoing_mail", text) == policy
    as_texts = [
        {key: ",".join(value) if isinstance(value, list) else str(value) for key, value in entry.items()}
        for entry in policy
    ]
    assert take("policy_outgoing_mail", as_texts) == take("policy_outgoing_mail", policy) == policy


@given(st.lists(words, min_size=1))
def test_names_are_never_changed(names: list[str]) -> None:
    assert take("containment_exempt_users", names) == names
    assert take("containment_exempt_users", ",".join(names)) == names
    assert take("containment_exempt_users", "\n".join(names)) == names
    assert take("containment_exempt_users", json.dumps(names)) == names

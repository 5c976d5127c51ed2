# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A name that the server gives means that mailbox and no other: blanks, case and composed letters are part of it. And what doveadm
prints when it works is no failure."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.expunge import (
    by_guid,
    by_name,
    mailbox_names,
    matching,
    state_of,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.mailboxes import Contents
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.modules import mailbox_messages
from ansible_collections.whm.mail.plugins.plugin_utils._audit.policy import drift
from ansible_collections.whm.mail.tests.simulator.state import Folder, make_guid
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, ok, scripted
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import facts
from hypothesis import given
from hypothesis import strategies as st

DAVE = "dave@dave.example.org"
COMPOSED, DECOMPOSED = "INBOX.Entw\u00fcrfe", "INBOX.Entwu\u0308rfe"
#: Beside each other on one server: whoever confuses two of them deletes the wrong mail.
NAMES = [
    "INBOX", "INBOX.Archive", "INBOX.Archive ", "INBOX. Archive", "INBOX.Archive\u00a0", "INBOX.archive", "INBOX.ARCHIVE", "inbox.Archive",
    COMPOSED, DECOMPOSED, "INBOX.\u212bngstr\u00f6m", "INBOX.\u00c5ngstr\u00f6m", " INBOX", "INBOX.a  b", "INBOX.a b", "INBOX.a\u200bb",
    "INBOX.100%", "INBOX.+x&y=z;#", "INBOX.\u200f\u05d0", "INBOX.Entw&APw-rfe", "*unknown*", "null", "0",
]  # fmt: skip


def fill(box: Any) -> None:
    folders = box.state.mailbox(DAVE).folders
    folders.update({name: Folder(make_guid(DAVE, name), 3, 300) for name in NAMES})


@pytest.mark.parametrize("name", NAMES)
def test_every_name_that_the_server_gives_means_that_mailbox(run_https: Any, box: Any, name: str) -> None:
    fill(box)
    given_ = [row["mailbox"] for row in run_https("mailbox_info", addresses=[DAVE])["mailboxes"]]
    assert name in given_
    result = run_https("mailbox_messages", addresses=[DAVE], mailboxes=[name], query="ALL", allow_all=True)
    assert "failed" not in result
    assert [(row["mailbox"], row["after"]) for row in result["mailboxes"]] == [(name, 0)]
    left = {each: folder.messages for each, folder in box.state.mailbox(DAVE).folders.items() if each in NAMES}
    assert [each for each in NAMES if not left[each]] == [name]


@pytest.mark.parametrize("name", ["INBOX.Archive ", "inbox.archivE", DECOMPOSED, "INBOX.Archive\u00a0"])
def test_a_name_that_only_looks_like_one_chooses_nothing_and_says_so(run_https: Any, box: Any, name: str) -> None:
    folders = box.state.mailbox(DAVE).folders
    for each in ("INBOX.Archive", COMPOSED):
        folders[each] = Folder(make_guid(DAVE, each), 3, 300)
    result = run_https("mailbox_messages", addresses=[DAVE], mailboxes=[name], query="ALL", allow_all=True)
    assert result["error"]["kind"] == "not_found"
    assert "which differs from" in result["msg"]
    assert "copy the name from whm.mail.mailbox_info" in result["msg"]
    assert not box.log.writes()


#: Name or pattern, what is there, what is meant.
CHOICES: list[tuple[str, list[str], set[str]]] = [
    ("inbox", ["INBOX"], {"INBOX"}),
    ("Inbox.Sent", ["INBOX.Sent"], {"INBOX.Sent"}),
    ("inbox.Sent", ["INBOX.Sent", "inbox.Sent"], {"inbox.Sent"}),
    ("INBOX.Sent", ["INBOX.sent"], set()),
    ("INBOX.A*", ["INBOX.A", "INBOX.A ", "INBOX.a", "INBOX.AB"], {"INBOX.A", "INBOX.A ", "INBOX.AB"}),
    ("INBOX.A?", ["INBOX.A", "INBOX.A ", "INBOX.AB"], {"INBOX.A ", "INBOX.AB"}),
    ("inbox.*", ["INBOX.A"], {"INBOX.A"}),
    ("INBOX.A ", ["INBOX.A"], set()),
    (" INBOX.A", ["INBOX.A"], set()),
    ("INBOX.*", ["INBOX.*", "INBOX.A"], {"INBOX.*", "INBOX.A"}),
]


@pytest.mark.parametrize(("name", "there", "meant"), CHOICES)
def test_what_a_name_means(name: str, there: list[str], meant: set[str]) -> None:
    assert matching(name, there) == meant
    contents = Contents(tuple({"mailbox": each, "guid": each, "messages": 1, "vsize": 1} for each in there))
    chosen = {
        mailbox for _address, mailbox, box in by_name(DAVE, contents, mailbox_names([name])) if isinstance(box, dict)
    }
    assert chosen == meant


@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(str.strip), min_size=1, unique=True
    ),
    st.data(),
)
def test_no_name_means_another_and_the_audit_agrees(there: list[str], draw: st.DataObject) -> None:
    name = draw.draw(st.sampled_from(there))
    (given_,) = mailbox_names([name])
    assert name in matching(given_, there)
    if not set("*?") & set(name):
        assert matching(given_, there) == {name}
        rows = [
            {"user": "dave", "address": DAVE, "mailbox": each, "guid": str(at), "messages": 2**at}
            for at, each in enumerate(there)
        ]
        entry = {"addresses": [DAVE], "mailboxes": [name], "query": "savedbefore 9d"}
        (finding,) = drift(facts(mailboxes=rows), {"mailbox_messages": [entry]})
        assert finding.found == 2 ** there.index(name)


def test_a_guid_in_capitals_is_sent_as_the_server_writes_it() -> None:
    guid = "D8E1A6F4B3C25960A7D14E2F9B80C3A1"
    contents = Contents(({"mailbox": "INBOX", "guid": guid, "messages": 1, "vsize": 1},))
    ((_address, mailbox, box),) = by_guid({DAVE: contents}, [guid.lower()])
    assert (mailbox, state_of(box, False)["guid"]) == ("INBOX", guid)  # type: ignore[arg-type,index]


@pytest.mark.parametrize("name", ["INBOX.Archive ", " INBOX", "INBOX.100%"])
def test_a_server_that_knows_names_only_is_not_trusted_with_blanks_and_wildcards(name: str) -> None:
    error = state_of({"mailbox": name, "guid": "g", "messages": 1, "vsize": 1}, True)
    assert getattr(error, "kind", None) == "unsupported"


@pytest.mark.parametrize("messages", [None, "many"])
def test_a_mailbox_without_a_number_fails_alone(messages: Any) -> None:
    rows = [
        {"mailbox": "INBOX", "guid": "a", "messages": 2, "vsize": 1},
        {"mailbox": "INBOX.x", "guid": "b", "messages": messages, "vsize": 1},
    ]
    client, _script, _pauses = scripted(ok({"mailboxes": rows}))
    current = mailbox_messages.read(client, {"addresses": [DAVE], "mailboxes": ["*"], "guids": []})
    assert current[f"{DAVE} INBOX"] == {"guid": "a", "messages": 2, "by_name": False}
    assert getattr(current[f"{DAVE} INBOX.x"], "kind", None) == "unexpected_answer"


def test_what_is_not_in_a_list_that_cannot_be_read_whole_is_not_known_to_be_absent() -> None:
    contents = Contents(({"mailbox": "INBOX", "guid": "a", "messages": 2, "vsize": 1},), unnamed=1)
    errors = [box for _address, _mailbox, box in by_name(DAVE, contents, ["INBOX.x"]) if not isinstance(box, dict)]
    assert {getattr(error, "kind", None) for error in errors} == {"unexpected_answer"}


EXPUNGE = {"addresses": [DAVE], "mailboxes": ["INBOX"], "query": "ALL", "allow_all": True}


def test_warnings_of_doveadm_are_warnings(run: Any, box: Any) -> None:
    box.quirks.add("doveadm_warnings")
    result = run("mailbox_messages", **EXPUNGE)
    assert "failed" not in result
    assert [(row["after"], row["changed"]) for row in result["mailboxes"]] == [(0, True)]
    assert [text.partition(": ")[2] for text in result["warnings"]] == [
        "expunge_messages_for_mailbox_guid: doveconf: Warning: Obsolete setting in /etc/dovecot/dovecot.conf:5: "
        "ssl_protocols has been replaced"
    ]


def expunge(printed: Any, left: int) -> dict[str, Any]:
    """Two mailboxes of three messages each, and what doveadm prints for the first, of which so many are left."""

    def listed(first: int, second: int) -> Any:
        return ok({"mailboxes": [{"mailbox": "INBOX", "guid": "a" * 32, "messages": first, "vsize": 1},
                                 {"mailbox": "INBOX.x", "guid": "b" * 32, "messages": second, "vsize": 1}]})  # fmt: skip

    client, _script, _pauses = scripted(listed(3, 3), batch(ok({"errors": printed}), ok({})), *[listed(left, 0)] * 5)
    params = {
        "addresses": [DAVE],
        "mailboxes": ["INBOX*"],
        "guids": None,
        "query": "ALL",
        "allow_all": True,
        "max_messages": None,
    }
    return execute(mailbox_messages.MODULE, params, False, lambda given_, read_only: nullcontext(client))


ERROR, WARNING, ODD = (
    "doveadm(dave): Error: Mailbox INBOX: lock timed out",
    "doveconf: Warning: Obsolete setting",
    "etwas ist seltsam",
)


@pytest.mark.parametrize(
    ("printed", "left", "kind", "changed", "warned"),
    [
        (WARNING, 0, "", True, True),
        (WARNING, 3, "", False, True),  # nothing matched
        (f"{WARNING}\n has been replaced\n", 0, "", True, True),
        (ERROR, 3, "refusal", False, False),
        (ERROR, 1, "refusal", True, False),
        ([WARNING, ERROR], 3, "refusal", False, True),
        ("doveadm(dave): Fatal: out of memory", 3, "refusal", False, False),
        (ODD, 0, "", True, True),
        (ODD, 3, "refusal", False, False),
        ("", 3, "", False, False),
        (None, 0, "", True, False),
    ],
)
def test_only_what_is_an_error_is_one_and_the_state_decides_the_rest(
    printed: Any, left: int, kind: str, changed: bool, warned: bool
) -> None:
    result = expunge(printed, left)
    row = result["mailboxes"][0]
    assert (row.get("error", {}).get("kind", ""), row["changed"], row["after"]) == (kind, changed, left)
    assert bool(result.get("failed")) is bool(kind)
    assert bool(result.get("warnings")) is warned
    assert (result["mailboxes"][1]["changed"], result["mailboxes"][1]["after"]) == (True, 0)

# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The envelope: results, reasons, errors (BEHAVIOUR A and B)."""

from __future__ import annotations

import re

import pytest
from ansible_collections.whm.mail.tests.simulator import loading
from ansible_collections.whm.mail.tests.simulator.texts import XID_ALPHABET

XID = re.compile(rf"API failure: \(XID [{XID_ALPHABET}]{{6}}\) ")
MISSING = "Provide the \u201cuser\u201d parameter for the \u201cWhostmgr::API::1::Accounts::hold_outgoing_email\u201d function."


def test_a_write_answers_with_metadata_only(ask):
    assert ask("hold_outgoing_email", {"user": "alice"}) == {
        "metadata": {"version": 1, "result": 1, "command": "hold_outgoing_email", "reason": "OK"}
    }


@pytest.mark.parametrize(
    ("function", "params", "caller", "text"),
    [
        ("hold_outgoing_email", {}, "root", MISSING),
        ("hold_outgoing_email", {"user": ""}, "root", "The value of \u201cuser\u201d may not be empty."),
        ("hold_outgoing_email", {"user": "nope"}, "root", "You do not have a user named \u201cnope\u201d."),
        ("hold_outgoing_email", {"user": "nobody"}, "root", "You do not have a user named \u201cnobody\u201d."),
        ("hold_outgoing_email", {"user": "root"}, "root", "\u201croot\u201d is not a valid user for this operation."),
        (
            "hold_outgoing_email",
            {"user": "nope"},
            "reseller1",
            "You do not have access to an account named \u201cnope\u201d.",
        ),
        (
            "hold_outgoing_email",
            {"user": "alice"},
            "reseller1",
            "You do not have access to an account named \u201calice\u201d.",
        ),
        (
            "hold_outgoing_email",
            {"user": "root"},
            "reseller1",
            "You do not have access to an account named \u201croot\u201d.",
        ),
        ("terminate_cpuser_mailbox_sessions", {"username": "x"}, "root", "You do not have a user named \u201cx\u201d."),
        ("list_pops_for", {"user": "x"}, "root", "The \u201cx\u201d user does not exist."),
        ("batch", {}, "root", "Provide at least one \u201ccommand\u201d argument."),
        ("batch", {"command": [""]}, "root", "The \u201ccommand\u201d arguments cannot be empty."),
    ],
)
def test_typed_errors(ask, function, params, caller, text):
    body = ask(function, params, caller)
    reason = body["metadata"]["reason"]
    assert body["metadata"]["result"] == 0
    assert XID.match(reason)
    assert XID.sub("", reason) == text
    assert "data" not in body


def test_the_xid_differs_each_time(ask):
    reasons = {ask("hold_outgoing_email", {"user": "nope"})["metadata"]["reason"] for _unused in range(20)}
    assert len(reasons) > 15


def test_plain_errors_have_no_xid_and_a_trailing_newline(ask):
    reason = ask("accountsummary")["metadata"]["reason"]
    assert reason == "API failure: You must specify a user or domain to get a summary of.\n"


def test_typed_errors_are_two_lines_where_english_is_not_spoken(ask, server):
    server.quirks.add("translated")
    first, second = ask("hold_outgoing_email", {"user": "nope"})["metadata"]["reason"].split("\n")
    assert XID.sub("", first) == "Sie haben keinen Benutzer mit dem Namen \u201cnope\u201d."
    assert second == "You do not have a user named \u201cnope\u201d."
    assert ask("accountsummary", {"user": "nope"})["metadata"]["reason"] == "Das Konto ist nicht vorhanden."
    assert ask("hold_outgoing_email", {"user": "bob"})["metadata"]["reason"] == "In Ordnung"


def test_unknown_function(ask, server):
    expected = 'Unknown app ("csf_allow") requested for this version (1) of the API.'
    assert ask("csf_allow")["metadata"]["reason"] == expected
    server.missing_functions.add("list_pops_for")
    assert "Unknown app" in ask("list_pops_for", {"user": "bob"})["metadata"]["reason"]
    assert "list_pops_for" not in ask("applist")["data"]["app"]


def test_a_disabled_role_is_told_before_parameters_are_looked_at(ask, server):
    server.disabled_roles.add("MailSend")
    reason = ask("hold_outgoing_email")["metadata"]["reason"]
    assert reason.endswith("because the \u201cMailSend\u201d role is disabled on this server.")
    assert ask("is_role_enabled", {"role": "MailSend"})["data"] == {"enabled": 0}
    assert ask("list_pops_for", {"user": "bob"})["metadata"]["result"] == 1


def test_a_missing_privilege(ask, server):
    body = ask("listaccts", caller="nobody1")
    assert body["metadata"]["result"] == 0
    assert body["metadata"]["reason"] == "Permission denied"
    server.quirks.add("access_denied")
    assert ask("listaccts", caller="nobody1")["metadata"]["reason"] == "Access denied"


def carried(function, version, user="alice", module="Email", **more):
    names = {"user": user, "module": module, "func": function, "apiversion": version}
    return {f"cpanel_jsonapi_{name}": value for name, value in names.items() if value is not None} | more


NO_USER = {"data": {"reason": "User parameter is invalid or was not supplied", "result": "0"}, "type": "text",
           "error": "User parameter is invalid or was not supplied"}  # fmt: skip


@pytest.mark.parametrize("user", ["nosuch", None])
def test_cpanel_for_nobody_has_two_shapes(ask, server, user):
    assert ask("cpanel", carried("list_pops", 3, user)) == NO_USER
    assert ask("cpanel", carried("listpops", 2, user)) == {"cpanelresult": NO_USER}
    assert ask("cpanel", carried("listpops", None, user)) == {"cpanelresult": NO_USER}
    server.quirks.add("cpanel_enveloped")
    assert ask("cpanel", carried("list_pops", 3, user))["metadata"]["result"] == 0


def test_cpanel_is_bare_and_a_foreign_account_stays_refused(ask):
    assert set(ask("cpanel", carried("list_pops", 3))) == {"apiversion", "module", "func", "result"}
    assert set(ask("cpanel", carried("stats", 2, module="EmailTrack"))) == {"cpanelresult"}
    assert "do not have access" in ask("cpanel", carried("list_pops", 3), caller="reseller1")["metadata"]["reason"]


def test_api_1_of_cpanel_has_a_shape_of_its_own(ask):
    body = ask("cpanel", carried("addlist", 1))
    assert (body["apiversion"], body["event"], body["data"]) == ("1", {"result": 1}, {"result": ""})
    assert body["error"]


@pytest.mark.parametrize("quirk", [None, "api2_status"])
def test_api_2_fails_with_event_result_1(ask, server, quirk):
    if quirk:
        server.quirks.add(quirk)
    server.disabled_roles.add("MailSend")
    result = ask("cpanel", carried("stats", 2, module="EmailTrack"))["cpanelresult"]
    assert result["event"]["result"] == 1
    assert ("error" in result) is (quirk is None)
    assert result["data"][0] == ({"status": 0, "statusmsg": ROLE} if quirk else {"result": 0, "reason": ROLE})


ROLE = "This functionality is not available because the \u201cMailSend\u201d role is disabled on this server."


def test_uapi_may_say_more(ask, server):
    server.quirks.add("uapi_talks")
    result = ask("cpanel", carried("list_pops", 3))["result"]
    assert (result["warnings"], result["messages"]) == (
        ["A warning about list_pops.\nIt has two lines."],
        ["A message about list_pops."],
    )


def test_all_records_at_once(ask, server):
    loading.patch(server, {"generate": {"accounts": 250}})
    call = {"api.chunk.enable": 1, "api.chunk.start": -1}
    assert len(ask("listaccts", call)["data"]["acct"]) > 250
    server.quirks.add("no_chunk_all")
    assert len(ask("listaccts", call)["data"]["acct"]) == 100


def test_string_results_and_numbers(ask, server):
    for quirk in ("string_results", "string_numbers"):
        server.quirks.add(quirk)
    body = ask("accountsummary", {"user": "bob"})
    assert body["metadata"]["result"] == "1"
    assert body["data"]["acct"][0]["outgoing_mail_hold"] == "1"
    inner = ask("batch", {"command": ["accountsummary?user=bob"]})["data"]["result"][0]
    assert inner["metadata"]["version"] == 1
    assert inner["data"]["acct"][0]["suspended"] == "0"


def test_warnings_in_metadata(ask, server):
    server.quirks.add("warnings_in_metadata")
    metadata = ask("version")["metadata"]
    assert metadata["warnings"]
    assert metadata["output"]["warnings"]


def test_version_shapes(ask, server):
    assert ask("version")["data"] == {"version": "11.138.0.6"}
    server.quirks.add("version_legacy")
    expected = {"cpanelresult": {"apiversion": "2", "data": {"version": "11.138.0.6"}, "type": "text"}}
    assert ask("version") == expected


def test_privileges_are_a_list_with_one_object(ask):
    assert ask("myprivs")["data"]["privileges"][0]["all"] == 1
    found = ask("myprivs", caller="reseller1")["data"]["privileges"]
    assert len(found) == 1
    assert found[0]["list-accts"] == "1"
    denied = {repr(found[0].get(name, "no key")) for name in ask("myprivs")["data"]["privileges"][0]} - {"'1'"}
    assert denied == {"0", "''", "'no key'"}


def test_unknown_quirks_are_refused_with_a_sentence(server):
    with pytest.raises(ValueError, match="There is no quirk named 'gravity'"):
        server.quirks.add("gravity")
    with pytest.raises(ValueError, match="has no option colour"):
        server.quirks.add("late_effect", colour="red")

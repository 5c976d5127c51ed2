# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every friendly answer of the simulator against the contract's schema of it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.whm.mail.tests.conformance.contract import contract
from ansible_collections.whm.mail.tests.simulator import STATES, answer, load
from ansible_collections.whm.mail.tests.simulator.handlers_batch import parse_command
from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key
from ansible_collections.whm.mail.tests.simulator.registry import HANDLERS, UAPI
from ansible_collections.whm.mail.tests.simulator.state import make_guid

NOW = 1_800_000_000.0
ADDRESS = "info@alice.example.com"
DNS = "domain=alice.example.com&domain=bob.example.com&domain=dave.example.org&domain=erin.example.org"

# What the functions with parameters are asked, on the server whm1 of tests.yml.
#: What functions of UAPI are asked that need more than an address.
OF_UAPI = {
    "add_pop": "email=new&domain=alice.example.com&password=correct%20horse%201&quota=5",
    "passwd_pop": "email=info&domain=alice.example.com&password=correct%20horse%201",
    "verify_password": f"email={ADDRESS}&password=correct%20horse%201",
    "add_forwarder": "domain=alice.example.com&email=new&fwdopt=fwd&fwdemail=a%40example.org",
    "delete_forwarder": "address=info%40alice.example.com&forwarder=ops%40example.org",
    "list_forwarders": "domain=alice.example.com",
    "set_default_address": "domain=alice.example.com&fwdopt=fail&failmsgs=Gone",
    "list_default_address": "user=alice",
    "list_mxs": "",
    "add_auto_responder": "email=info&domain=alice.example.com&from=A&subject=B&body=C&interval=8&is_html=0",
    "list_auto_responders": "domain=alice.example.com",
    "set_always_accept": "domain=alice.example.com&mxcheck=remote",
    "edit_pop_quota": "email=info&domain=alice.example.com&quota=5",
}

ASKED: dict[str, list[str]] = {
    "apply_dmarc": [
        "domain=alice.example.com&policy=v%3DDMARC1%3B%20p%3Dreject",
        "domain=alice.example.com&domain=bob.example.com&policy=v%3DDMARC1%3B%20p%3Dnone&policy=v%3DDMARC1%3B%20p%3Dreject",
    ],
    "remove_dmarc": ["domain=alice.example.com&domain=bobby.example.com"],
    "set_default_dmarc_record": ["record=v%3DDMARC1%3B%20p%3Dreject", "record="],
    "accountsummary": ["user=alice", "domain=carol.example.net", "user=erin", "user=bo"],
    "batch": ["command=version&command=hold_outgoing_email%3Fuser%3Dalice&command=accountsummary%3Fuser%3Dalice"],
    "block_incoming_email_from_country": ["country_code=AD&country_code=ZZ", "country_code=AD&country_code-1=FR"],
    "block_incoming_email_from_domain": [
        "domain=a.example&domain=%2A.b.example",
        "domain=a.example&domain-1=c.example",
    ],
    "cpanel": [
        "cpanel_jsonapi_user=alice&cpanel_jsonapi_module=EmailTrack&cpanel_jsonapi_func=stats&cpanel_jsonapi_apiversion=2"
    ],
    "cpgreylist_list_entries_for_common_mail_provider": ["provider=google&provider-1=nosuch"],
    "cpgreylist_save_common_mail_providers_config": ["", "autotrust_new_common_mail_providers=0&google=0"],
    "cpgreylist_trust_entries_for_common_mail_provider": ["provider=google&provider-1=nosuch"],
    "cpgreylist_untrust_entries_for_common_mail_provider": ["provider=google&provider-1=nosuch"],
    "create_cpgreylist_trusted_host": ["ip=192.0.2.1&ip-1=192.168&comment=partner", "ip=192.0.2.0-192.0.2.9"],
    "delete_cpgreylist_trusted_host": ["ip=192.0.2.1&ip-1=5.5"],
    "disable_dkim": ["domain=alice.example.com"],
    "disable_mail_sni": ["domain=alice.example.com"],
    "emailtrack_search": [
        "success=1&failure=1&defer=1&inprogress=1&max_results_by_type=5000",
        "failure=1&api.filter.enable=1&api.filter.a.field=user&api.filter.a.type=eq&api.filter.a.arg0=alice",
    ],
    "emailtrack_stats": ["", "user=alice&starttime=1790000000"],
    "emailtrack_user_stats": ["", "starttime=1790000000&endtime=1800000000"],
    "enable_dkim": ["domain=alice.example.com"],
    "enable_mail_sni": ["domain=alice.example.com&domain-1=bob.example.com"],
    "ensure_dkim_keys_exist": ["domain=alice.example.com&domain=bob.example.com"],
    "expunge_mailbox_messages": [
        "account=dave%40dave.example.org&mailbox=INBOX&query=savedbefore+30d",
        "account=dave%40dave.example.org&mailbox=INBOX&query=SUBJECT+nothing-like-it",
    ],
    "expunge_messages_for_mailbox_guid": [
        f"account=dave%40dave.example.org&mailbox_guid={make_guid('dave@dave.example.org', 'INBOX')}&query=SEEN"
    ],
    "fetch_dkim_private_keys": ["domain=alice.example.com&domain=bob.example.com", "domain=dave.example.org"],
    "generate_mobileconfig": [
        f"account={ADDRESS}&use_ssl=1",
        "account=alice&use_ssl=0&selected_account_services=email",
    ],
    "get_mailbox_status": [f"account={ADDRESS}", "account=_mainaccount@alice.example.com", "account=alice"],
    "get_mailbox_status_list": [f"account={ADDRESS}", "account=_mainaccount@alice.example.com", "account=alice"],
    "get_unique_recipient_count_per_sender_for_user": ["user=alice&start_time=1&end_time=1800000000"],
    "get_unique_sender_recipient_count_per_user": ["start_time=1&end_time=1800000000"],
    "get_user_email_forward_destination": ["user=root", "user=alice", "user=nobody", "user=bob"],
    "hold_outgoing_email": ["user=alice"],
    "install_dkim_private_keys": [f"domain=alice.example.com&key={quote(pool_key(0))}"],
    "has_local_authority": ["domain=alice.example.com&domain=bo.example.com&domain=erin.example.org"],
    "install_spf_records": [
        "domain=alice.example.com&record=v%3Dspf1%20-all&domain-1=bob.example.com&record-1=v%3Dspf1%20a"
    ],
    "is_role_enabled": ["role=MailSend", "role=DNS"],
    "listaccts": ["", "want=user,outgoing_mail_hold", "search=alice&searchtype=user&searchmethod=exact"],
    "list_pops_for": ["user=alice", "user=bo"],
    "massmodifyacct": [
        "user=alice&user=bob&MAX_EMAIL_PER_HOUR=200&MAX_EMAILACCT_QUOTA=unlimited",
        "user=alice&MAX_DEFER_FAIL_PERCENTAGE=0&HASSPF=1",
    ],
    "mail_sni_status": ["domain=alice.example.com"],
    "normalize_user_email_configuration": ["username=alice"],
    "rebuild_mail_sni_config": ["", "reload_dovecot=1"],
    "release_outgoing_email": ["user=bob"],
    "save_spamd_config": ["", "allowedips=127.0.0.1%2C10.0.0.0%2F8&maxchildren=5&pidfile=%2Fvar%2Frun%2Fspamd.pid"],
    "set_manual_mx_redirects": [
        "domain=alice.example.com&mx_host=mail.example.net&domain-1=elsewhere.example&mx_host-1=192.0.2.25"
    ],
    "save_cpgreylist_config": ["spf_bypass=0", "initial_block_time_mins=240&max_child_procs=9"],
    "servicestatus": ["", "service=exim"],
    "set_user_email_forward_destination": ["user=bob&forward_to=ops%40example.org", "user=root&forward_to="],
    "suspend_outgoing_email": ["user=alice"],
    "terminate_cpuser_mailbox_sessions": ["username=alice"],
    "uapi_cpanel": [
        f"cpanel.user=alice&cpanel.module={module}&cpanel.function={function}&{OF_UAPI.get(function, f'email={ADDRESS}')}"
        for module, function in UAPI
    ],
    "unset_manual_mx_redirects": ["domain=alice.example.com&domain-1=elsewhere.example"],
    "unblock_incoming_email_from_country": ["country_code=AD&country_code=ZZ"],
    "unblock_incoming_email_from_domain": ["domain=a.example&domain-1=b.example"],
    "unsuspend_outgoing_email": ["user=dave"],
    "validate_current_dkims": ["domain=alice.example.com&domain=bob.example.com"],
    "validate_current_dmarcs": ["", DNS],
    "validate_current_ptrs": [DNS],
    "validate_current_spfs": [DNS],
    "validate_exim_configuration_syntax": ["", "cfg_text=x%20%3D%20y", "cfg_text=RAW_CONFIGURATION_TEXT&section=acl"],
}

#: What each function of the simulator is asked; one without parameters, nothing but its name.
QUESTIONS = {function: ASKED.get(function, [""]) for function in sorted(set(HANDLERS) & set(contract()))}

# The reference documents no success of these.
NEVER_SUCCEED = {"disable_mail_sni"}

_QUOTED = "numbers of mailboxes are quoted: they are doveadm's text (described for 11.120)"
_DOVEADM = "what doveadm printed comes along, or an empty object (described for 11.120)"
_SIZE = "a size carries its unit, and what the server does not know is *unknown* (described for 11.120)"

_REACHED = "captured from a live server: a limit that was reached is told by how far, as 150/150; the page says 0 or 1"
_TRACK = "described for 11.120: finer types, a field more, unknowns as null or as the word"

# Where the simulator does not answer as documented, on purpose: (function, pattern of the deviation) -> why.
DEVIATIONS: dict[tuple[str, str], str] = {
    ("emailtrack_search", "data.records.*.type: enum: *"): _TRACK,
    ("emailtrack_search", "data.records.*: email not documented"): _TRACK,
    ("emailtrack_search", "data.records.*.senderip: NoneType where *"): _TRACK,
    ("emailtrack_search", "data.records.*.spamscore: NoneType where *"): _TRACK,
    ("emailtrack_search", "data.records.*.size: str where *"): _TRACK,
    ("emailtrack_search", "metadata: overflowed not documented"): "described for 11.120: whether the cap was met",
    ("accountsummary", "data.acct.*.mailbox_format: enum: 'mdbox' *"): "mdbox is what WHM offers; the page says mbox",
    (
        "accountsummary",
        "data.acct.*.suspendtime: int where string *",
    ): "a number as in listaccts, where it is documented so",
    ("accountsummary", "data.acct.*: has_backup not documented"): "it is the same record as in listaccts",
    ("accountsummary", "data.acct.*.disklimit: oneOf: '500M' *"): _SIZE,
    ("accountsummary", "data.acct.*.maxpop: oneOf: '[*]unknown[*]' *"): _SIZE,
    ("listaccts", "data.acct.*.disklimit: oneOf: '500M' *"): _SIZE,
    ("listaccts", "data.acct.*.maxpop: oneOf: '[*]unknown[*]' *"): _SIZE,
    (
        "fetch_dkim_private_keys",
        "data.payload.*.pem: NoneType where string is documented",
    ): "null is no key (for 11.120)",
    ("emailtrack_user_stats", "data.records.*.REACHED_MAXEMAILS: *"): _REACHED,
    ("emailtrack_user_stats", "metadata: __chunked, overflowed not documented"): "captured from a live server",
    ("get_mailbox_status", "data.*.messages: str where integer is documented"): _QUOTED,
    ("get_mailbox_status", "data.*.vsize: str where integer is documented"): _QUOTED,
    ("get_mailbox_status_list", "data.mailboxes.*.messages: str where integer is documented"): _QUOTED,
    ("get_mailbox_status_list", "data.mailboxes.*.vsize: str where integer is documented"): _QUOTED,
    ("expunge_mailbox_messages", "answer: data not documented"): _DOVEADM,
    ("expunge_messages_for_mailbox_guid", "answer: data not documented"): _DOVEADM,
    (
        "get_user_email_forward_destination",
        "data.forward_to: str where array is documented",
    ): "nothing is the empty text",
    (
        "set_user_email_forward_destination",
        "answer: data not documented",
    ): "an empty object comes along (described for 11.120)",
    (
        "exim_configuration_check",
        "data.message: NoneType where string is documented",
    ): "null when there is no fault (described for 11.120)",
    (
        "fetch_mail_queue",
        "data.records.*.size: str where integer is documented",
    ): "small sizes are Exim's text (described for 11.120)",
    (
        "mail_sni_status",
        "metadata: warnings not documented",
    ): "a warning comes along, as with enable_mail_sni (described for 11.120)",
    (
        "validate_exim_configuration_syntax",
        "metadata.output: dict where string is documented",
    ): "the schema says text, the example beside it an object",
}


def ask(function: str, question: str, caller: str = "root") -> dict[str, Any]:
    server = load(STATES / "tests.yml")["whm1"]
    _function, pairs = parse_command(f"{function}?{question}")
    return answer(server, server.callers[caller], function, pairs, lambda: NOW)


def deviations() -> dict[tuple[str, str], str]:
    found = {}
    for function, questions in QUESTIONS.items():
        for question in questions:
            for deviation in contract()[function].deviations(ask(function, question)):
                found[(function, deviation)] = question
    return found


def test_the_functions_with_parameters_are_functions_of_the_simulator() -> None:
    """One that needs parameters and has no question is refused, which other tests here find."""
    assert set(ASKED) <= set(QUESTIONS)


@pytest.mark.parametrize(("function", "question"), [(f, q) for f, questions in QUESTIONS.items() for q in questions])
def test_the_questions_are_friendly(function: str, question: str) -> None:
    body = ask(function, question)
    assert contract()[function].complaints(parse_command(f"{function}?{question}")[1]) == []
    if "metadata" in body:
        assert body["metadata"]["result"] == int(function not in NEVER_SUCCEED), body
    for element in body.get("data", {}).get("result", []) if function == "batch" else []:
        assert element["metadata"]["result"] == 1, element
    if function == "uapi_cpanel":
        assert body["data"]["uapi"]["status"] == 1, body


def test_answers_are_as_documented_except_where_this_file_says_why() -> None:
    excused: set[tuple[str, str]] = set()
    unexcused = {}
    for (function, deviation), question in deviations().items():
        rows = {row for row in DEVIATIONS if row[0] == function and fnmatchcase(deviation, row[1])}
        excused |= rows
        if not rows:
            unexcused[(function, deviation)] = question
    assert unexcused == {}
    assert set(DEVIATIONS) - excused == set(), "rows that excuse nothing any more"


def test_the_schemas_do_find_fault() -> None:
    """A guard of this file: nothing is proved by schemas that let everything pass."""
    good = ask("list_pops_for", "user=alice")
    assert contract()["list_pops_for"].deviations({**good, "data": {"pops": "x"}}) == [
        "data.pops: str where array is documented"
    ]
    assert contract()["list_pops_for"].deviations({**good, "data": {"pop": []}}) == ["data: pop not documented"]
    assert contract()["list_pops_for"].deviations({"data": good["data"]})

# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of the collection, and the simulator's own, against the contract."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm import catalogue
from ansible_collections.whm.mail.tests.conformance.contract import contract, cpanel_candidates, uapi_contract
from ansible_collections.whm.mail.tests.simulator.registry import HANDLERS, UAPI

# Roles that no page of 11.137/11.138 names: from older pages, or from the siblings of the function. They only serve to
# say which role to look at when a server refuses.
ROLES_FROM_ELSEWHERE = {
    "enable_dkim": "MailSend",
    "disable_dkim": "MailSend",
    "ensure_dkim_keys_exist": "MailSend",
    "fetch_dkim_private_keys": "MailSend",
    "install_dkim_private_keys": "MailSend",
    "install_spf_records": "MailSend",
    "validate_current_dkims": "MailSend",
    "validate_current_ptrs": "MailSend",
    "validate_current_spfs": "MailSend",
    "exim_configuration_check": "MailSend",
    "remove_in_progress_exim_config_edit": "MailSend",
    "validate_current_installed_exim_config": "MailSend",
    "validate_exim_configuration_syntax": "MailSend",
    "fetch_mail_queue": "MailSend",
    "emailtrack_search": "MailSend",
    "emailtrack_stats": "MailSend",
    "emailtrack_user_stats": "MailSend",
    "get_unique_recipient_count_per_sender_for_user": "MailSend",
    "get_unique_sender_recipient_count_per_user": "MailSend",
    "hold_outgoing_email": "MailSend",
    "release_outgoing_email": "MailSend",
    "suspend_outgoing_email": "MailSend",
    "unsuspend_outgoing_email": "MailSend",
    "get_user_email_forward_destination": "MailReceive",
    "set_user_email_forward_destination": "MailReceive",
    "terminate_cpuser_mailbox_sessions": "MailReceive",
    "EmailTrack::stats": "MailSend",
    "EmailTrack::search": "MailSend",
}

# Functions of the simulator that the contract does not hold.
BEYOND_THE_CONTRACT = {
    "getdomainowner": "what the account picker of WHM calls; no module needs it, tests of the api module do"
}


def test_the_catalogue_holds_the_functions_of_the_contract_and_no_others() -> None:
    assert set(catalogue.WHM_API_1) == set(contract())
    assert set(cpanel_candidates()) <= set(catalogue.CPANEL) <= {*cpanel_candidates(), *uapi_contract()}


@pytest.mark.parametrize("name", sorted(contract()))
def test_a_function_is_what_the_contract_says(name: str) -> None:
    known, facts = catalogue.WHM_API_1[name], contract()[name]
    # batch, cpanel and uapi_cpanel are as good as what they carry, and count as writes until that is known.
    assert known.writes is not facts.readonly
    assert (known.access == catalogue.INNER) == (name in ("batch", "cpanel", "uapi_cpanel"))
    assert known.since == facts.since
    assert known.role == (ROLES_FROM_ELSEWHERE.get(name) or next(iter(facts.roles), None))
    assert len(facts.roles) <= 1
    assert known.secrets == tuple(name for name, item in facts.parameters.items() if item.sensitive)
    assert set(known.repeats) == set(facts.repeats)
    for parameter, form in known.repeats.items():
        assert form in facts.repeats[parameter], parameter


@pytest.mark.parametrize("name", sorted(cpanel_candidates()))
def test_an_inner_call_is_what_the_contract_says(name: str) -> None:
    known, facts = catalogue.CPANEL[name], cpanel_candidates()[name]
    assert known.writes is not facts["readonly"]
    assert known.since == facts.get("since")
    assert known.role == (ROLES_FROM_ELSEWHERE.get(name) or next(iter(facts.get("roles", [])), None))


@pytest.mark.parametrize("name", sorted(set(catalogue.CPANEL) & set(uapi_contract()) - set(cpanel_candidates())))
def test_a_uapi_function_is_what_its_contract_says(name: str) -> None:
    known, facts = catalogue.CPANEL[name], uapi_contract()[name]
    assert known.writes is not facts["x-readonly"]
    assert known.since == facts.get("x-since")
    assert known.role == next(iter(facts.get("x-roles", [])), None)


def test_no_role_from_elsewhere_is_also_in_the_contract() -> None:
    named = {name for name, facts in contract().items() if facts.roles}
    named |= {name for name, facts in cpanel_candidates().items() if facts.get("roles")}
    assert not named & set(ROLES_FROM_ELSEWHERE)


def test_the_simulator_knows_no_function_that_the_contract_does_not() -> None:
    assert set(HANDLERS) - set(contract()) == set(BEYOND_THE_CONTRACT)
    assert {f"{module}::{function}" for module, function in UAPI} <= {*cpanel_candidates(), *uapi_contract()}


@pytest.mark.parametrize("name", sorted(set(HANDLERS) & set(contract())))
def test_the_simulator_writes_what_the_catalogue_says(name: str) -> None:
    """The log's `writes` is what proves that check mode is harmless: it must not be kinder than the catalogue."""
    if catalogue.WHM_API_1[name].access != catalogue.INNER:
        assert HANDLERS[name].writes is catalogue.WHM_API_1[name].writes
    assert HANDLERS[name].role == catalogue.WHM_API_1[name].role


@pytest.mark.parametrize(("module", "function"), sorted(UAPI))
def test_the_simulator_writes_behind_uapi_what_the_catalogue_says(module: str, function: str) -> None:
    assert UAPI[(module, function)].writes is catalogue.CPANEL[f"{module}::{function}"].writes

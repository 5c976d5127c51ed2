# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The catalogue's rows: every function this collection may call. Data, with a row for each; :mod:`catalogue` looks them up.

The one place that knows whether a function reads or writes, whether it is safe to repeat, which server role and version it
needs, which parameters repeat and how, and which hold secrets. Client, check mode, retries, documentation and tests read it.

Sources: the vendor's reference for WHM API 1, 11.137/11.138 (access, since, repeated parameters); roles partly from
secondary material for 11.120. Safety of repeating is our own judgement where the reference is silent.
"""

from __future__ import annotations

from ansible_collections.whm.mail.plugins.module_utils._whm.call import (
    DUPLICATE,
    INDEXED,
    INNER,
    WRITE,
    Function,
    once,
    read,
    write,
)

_SEND, _RECEIVE, _SPAM, _DNS = "MailSend", "MailReceive", "SpamFilter", "DNS"

_ACCOUNT_MAIL = (
    write("hold_outgoing_email", "56", _SEND),
    write("release_outgoing_email", "56", _SEND),
    write("suspend_outgoing_email", "56", _SEND),
    write("unsuspend_outgoing_email", "56", _SEND),
    read("get_user_email_forward_destination", "11.52", _RECEIVE),
    write("set_user_email_forward_destination", "11.52", _RECEIVE),
    read("list_pops_for", "11.50", _RECEIVE),
    read("get_mailbox_status", "58", _RECEIVE),
    read("get_mailbox_status_list", "64", _RECEIVE),
    once("expunge_mailbox_messages", "58", _RECEIVE),
    once("expunge_messages_for_mailbox_guid", "64", _RECEIVE),
    write("terminate_cpuser_mailbox_sessions", "90", _RECEIVE),
    read("emailtrack_search", "11", _SEND),
    read("emailtrack_stats", "11", _SEND),
    read("emailtrack_user_stats", "11", _SEND),
    read("get_unique_recipient_count_per_sender_for_user", "80", _SEND),
    read("get_unique_sender_recipient_count_per_user", "80", _SEND),
)

_MAIL_DNS = (
    write("enable_dkim", "78", _SEND, domain=DUPLICATE),
    write("disable_dkim", "78", _SEND, domain=DUPLICATE),
    write("ensure_dkim_keys_exist", "78", _SEND, domain=DUPLICATE),
    read("fetch_dkim_private_keys", "78", _SEND, domain=DUPLICATE),
    Function("install_dkim_private_keys", WRITE, True, _SEND, "78", {"domain": INDEXED, "key": INDEXED}, ("key",)),
    # May refresh the server's own cache of validity; no DNS or mail state changes, so it counts as a read.
    read("validate_current_dkims", "78", _SEND, domain=DUPLICATE),
    read("validate_current_spfs", "78", _SEND, domain=DUPLICATE),
    read("validate_current_ptrs", "78", _SEND, domain=DUPLICATE),
    write("install_spf_records", "78", _SEND, domain=INDEXED, record=INDEXED),
    Function("apply_dmarc", WRITE, True, None, "124", {"policy": DUPLICATE, "domain": DUPLICATE}, needs="domain"),
    Function("remove_dmarc", WRITE, True, None, "124", {"domain": DUPLICATE}, needs="domain"),
    read("validate_current_dmarcs", "124", None, domain=DUPLICATE),
    read("get_default_dmarc_record", "124"),
    write("set_default_dmarc_record", "124"),
    write("set_manual_mx_redirects", "90", None, domain=INDEXED, mx_host=INDEXED),
    write("unset_manual_mx_redirects", "90", None, domain=INDEXED),
)

_MAIL_SERVER = (
    read("fetch_mail_queue", "11", _SEND),
    once("exim_configuration_check", "11", _SEND),  # its name notwithstanding it repairs what it finds
    write("remove_in_progress_exim_config_edit", None, _SEND),
    read("validate_current_installed_exim_config", "11", _SEND),
    read("validate_exim_configuration_syntax", "11", _SEND),
    read("mail_sni_status", "11.48"),
    read("is_sni_supported", "11.40"),
    write("enable_mail_sni", "11.48", None, domain=INDEXED),
    write("disable_mail_sni", "11.48", None, domain=INDEXED),
    write("rebuild_mail_sni_config", "11.48"),
    read("generate_mobileconfig", "11.52", _RECEIVE),
    # The page is silent: to put owners and permissions in order twice is to do it once.
    write("normalize_user_email_configuration", "88"),
)

_SPAM_MANAGEMENT = (
    write("save_spamd_config", "11.44", _SPAM),
    write("block_incoming_email_from_country", "84", None, country_code=DUPLICATE),
    write("unblock_incoming_email_from_country", "84", None, country_code=DUPLICATE),
    write("block_incoming_email_from_domain", "84", None, domain=DUPLICATE),
    write("unblock_incoming_email_from_domain", "84", None, domain=DUPLICATE),
    read("list_blocked_incoming_email_countries", "84"),
    read("list_blocked_incoming_email_domains", "84"),
)

_GREYLISTING = (
    read("cpgreylist_status", "11.50"),
    write("enable_cpgreylist", "11.50"),
    write("disable_cpgreylist", "11.50"),
    read("load_cpgreylist_config", "11.50"),
    write("save_cpgreylist_config", "11.50"),
    read("read_cpgreylist_deferred_entries", "11.50"),
    read("read_cpgreylist_trusted_hosts", "11.50"),
    once("create_cpgreylist_trusted_host", "11.50", None, ip=INDEXED),
    once("delete_cpgreylist_trusted_host", "11.50", None, ip=INDEXED),
    read("cpgreylist_is_server_netblock_trusted", "11.50"),
    read("cpgreylist_list_entries_for_common_mail_provider", "11.52", None, provider=INDEXED),
    read("cpgreylist_load_common_mail_providers_config", "11.52"),
    write("cpgreylist_save_common_mail_providers_config", "11.52"),
    write("cpgreylist_trust_entries_for_common_mail_provider", "11.52", None, provider=INDEXED),
    write("cpgreylist_untrust_entries_for_common_mail_provider", "11.52", None, provider=INDEXED),
)

_SUPPORT = (
    read("listaccts", "11"),
    read("accountsummary", "11.32"),
    read("list_users", "11"),
    read("myprivs", "11"),
    read("applist", "11"),
    read("version"),
    read("gethostname", "11"),
    read("is_role_enabled", "76"),
    read("get_domain_info"),
    read("has_local_authority", None, _DNS, domain=DUPLICATE),
    read("servicestatus"),
    read("api_token_list"),
    Function("batch", INNER, False, None, "11", {"command": DUPLICATE}),
    Function("cpanel", INNER, False, None, "84"),
    Function("uapi_cpanel", INNER, False, None, "86"),
)

_ADJACENT = (
    write("modifyacct", "11"),
    write("massmodifyacct", "88", None, user=DUPLICATE),
    read("listmxs", None, _DNS),
    once("savemxs", None, _DNS),  # described as creating a record: a repeat may leave two
)

_CPANEL = (
    once("Email::add_pop", "11.42", _RECEIVE),  # a second one fails, though the first worked
    once("Email::delete_pop", "11.42", _RECEIVE),
    write("Email::passwd_pop", "11.42", _RECEIVE),
    write("Email::edit_pop_quota", "11.42"),
    read("Email::verify_password", "11.52", _RECEIVE),
    read("Email::get_max_email_quota_mib", "11.48", _RECEIVE),
    write("Email::add_forwarder", "11.42", _RECEIVE),
    write("Email::delete_forwarder", "11.42", _RECEIVE),
    read("Email::list_forwarders", "11.42", _RECEIVE),
    write("Email::set_default_address", "11.42", _RECEIVE),
    read("Email::list_default_address", "11.42", _RECEIVE),
    write("Email::add_auto_responder", "11.42", _RECEIVE),
    write("Email::delete_auto_responder", "11.42", _RECEIVE),
    read("Email::list_auto_responders", "11.42", _RECEIVE),
    read("Email::get_auto_responder", "11.42", _RECEIVE),
    write("Email::set_always_accept", "11.42", _DNS),
    read("Email::list_mxs", "11.42", _DNS),
    write("Email::hold_outgoing"),
    write("Email::release_outgoing"),
    write("Email::suspend_outgoing", "70", _SEND),
    write("Email::unsuspend_outgoing"),
    write("Email::suspend_incoming", "54", _RECEIVE),
    write("Email::unsuspend_incoming", None, _RECEIVE),
    write("Email::suspend_login", "54", _RECEIVE),
    write("Email::unsuspend_login", None, _RECEIVE),
    read("Email::get_held_message_count", None, _RECEIVE),
    once("Email::delete_held_messages", None, _RECEIVE),
    read("Email::list_pops", "11.42", _RECEIVE),
    read("Email::list_pops_with_disk", "11.42", _RECEIVE),
    write("Email::terminate_mailbox_sessions"),
    read("EmailTrack::stats", None, _SEND),
    read("EmailTrack::search", None, _SEND),
    read("EmailTrack::trace", None, _RECEIVE),
)


def _index(*groups: tuple[Function, ...]) -> dict[str, Function]:
    return {function.name: function for group in groups for function in group}


#: WHM API 1 functions by name.
WHM_API_1 = _index(_ACCOUNT_MAIL, _MAIL_DNS, _MAIL_SERVER, _SPAM_MANAGEMENT, _GREYLISTING, _SUPPORT, _ADJACENT)

#: UAPI and cPanel API 2 calls by ``Module::function``; reached through uapi_cpanel and cpanel.
CPANEL = _index(_CPANEL)

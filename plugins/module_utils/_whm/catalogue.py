# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The catalogue: what is known of every function this collection may call.

The one place that knows whether a function reads or writes, whether it is safe to repeat, which server role and version it
needs, which parameters repeat and how, and which hold secrets. Client, check mode, retries, documentation and tests read it.

Sources: the vendor's reference for WHM API 1, 11.137/11.138 (access, since, repeated parameters); roles partly from
secondary material for 11.120. Safety of repeating is our own judgement where the reference is silent. A function that is
neither listed here nor among those that only read (``reads``) counts as a write that must not be repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from ansible_collections.whm.mail.plugins.module_utils._whm import reads
from ansible_collections.whm.mail.plugins.module_utils._whm.masking import is_secret_name

READ = "read"
WRITE = "write"
INNER = "inner"  # as good or bad as the call it carries: batch, cpanel, uapi_cpanel

DUPLICATE = "duplicate"  # domain=a&domain=b
INDEXED = "indexed"  # domain=a&domain-1=b


@dataclass(frozen=True)
class Function:
    """One callable function.

    :param name: WHM API 1 name, or ``Module::function`` for UAPI and cPanel API 2.
    :param access: READ, WRITE or INNER.
    :param repeat_safe: sending it twice has the effect of sending it once (always true for reads).
    :param role: server role that must be enabled, or None when none is known.
    :param since: first version of cPanel & WHM that has it, or None when unknown.
    :param repeats: parameter name to DUPLICATE or INDEXED.
    :param secrets: parameters whose values must never be shown or stand on a command line.
    """

    name: str
    access: str
    repeat_safe: bool
    role: str | None = None
    since: str | None = None
    repeats: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        return self.access != READ


def _read(name: str, since: str | None = None, role: str | None = None, **repeats: str) -> Function:
    return Function(name, READ, True, role, since, repeats)


def _write(name: str, since: str | None = None, role: str | None = None, **repeats: str) -> Function:
    return Function(name, WRITE, True, role, since, repeats)


def _once(name: str, since: str | None = None, role: str | None = None, **repeats: str) -> Function:
    """A write that must not be sent again without knowing what the first one did."""
    return Function(name, WRITE, False, role, since, repeats)


_SEND, _RECEIVE, _SPAM, _DNS = "MailSend", "MailReceive", "SpamFilter", "DNS"

_ACCOUNT_MAIL = (
    _write("hold_outgoing_email", "56", _SEND),
    _write("release_outgoing_email", "56", _SEND),
    _write("suspend_outgoing_email", "56", _SEND),
    _write("unsuspend_outgoing_email", "56", _SEND),
    _read("get_user_email_forward_destination", "11.52", _RECEIVE),
    _write("set_user_email_forward_destination", "11.52", _RECEIVE),
    _read("list_pops_for", "11.50", _RECEIVE),
    _read("get_mailbox_status", "58", _RECEIVE),
    _read("get_mailbox_status_list", "64", _RECEIVE),
    _once("expunge_mailbox_messages", "58", _RECEIVE),
    _once("expunge_messages_for_mailbox_guid", "64", _RECEIVE),
    _write("terminate_cpuser_mailbox_sessions", "90", _RECEIVE),
    _read("emailtrack_search", "11", _SEND),
    _read("emailtrack_stats", "11", _SEND),
    _read("emailtrack_user_stats", "11", _SEND),
    _read("get_unique_recipient_count_per_sender_for_user", "80", _SEND),
    _read("get_unique_sender_recipient_count_per_user", "80", _SEND),
)

_MAIL_DNS = (
    _write("enable_dkim", "78", _SEND, domain=DUPLICATE),
    _write("disable_dkim", "78", _SEND, domain=DUPLICATE),
    _write("ensure_dkim_keys_exist", "78", _SEND, domain=DUPLICATE),
    _read("fetch_dkim_private_keys", "78", _SEND, domain=DUPLICATE),
    Function("install_dkim_private_keys", WRITE, True, _SEND, "78", {"domain": INDEXED, "key": INDEXED}, ("key",)),
    # May refresh the server's own cache of validity; no DNS or mail state changes, so it counts as a read.
    _read("validate_current_dkims", "78", _SEND, domain=DUPLICATE),
    _read("validate_current_spfs", "78", _SEND, domain=DUPLICATE),
    _read("validate_current_ptrs", "78", _SEND, domain=DUPLICATE),
    _write("install_spf_records", "78", _SEND, domain=INDEXED, record=INDEXED),
    _write("apply_dmarc", "124", None, policy=DUPLICATE, domain=DUPLICATE),
    _write("remove_dmarc", "124", None, domain=DUPLICATE),
    _read("validate_current_dmarcs", "124", None, domain=DUPLICATE),
    _read("get_default_dmarc_record", "124"),
    _write("set_default_dmarc_record", "124"),
    _write("set_manual_mx_redirects", "90", None, domain=INDEXED, mx_host=INDEXED),
    _write("unset_manual_mx_redirects", "90", None, domain=INDEXED),
)

_MAIL_SERVER = (
    _read("fetch_mail_queue", "11", _SEND),
    _once("exim_configuration_check", "11", _SEND),  # its name notwithstanding it repairs what it finds
    _write("remove_in_progress_exim_config_edit", None, _SEND),
    _read("validate_current_installed_exim_config", "11", _SEND),
    _read("validate_exim_configuration_syntax", "11", _SEND),
    _read("mail_sni_status", "11.48"),
    _read("is_sni_supported", "11.40"),
    _write("enable_mail_sni", "11.48", None, domain=INDEXED),
    _write("disable_mail_sni", "11.48", None, domain=INDEXED),
    _write("rebuild_mail_sni_config", "11.48"),
    _read("generate_mobileconfig", "11.52", _RECEIVE),
    _once("normalize_user_email_configuration", "88"),
)

_SPAM_MANAGEMENT = (
    _write("save_spamd_config", "11.44", _SPAM),
    _write("block_incoming_email_from_country", "84", None, country_code=DUPLICATE),
    _write("unblock_incoming_email_from_country", "84", None, country_code=DUPLICATE),
    _write("block_incoming_email_from_domain", "84", None, domain=DUPLICATE),
    _write("unblock_incoming_email_from_domain", "84", None, domain=DUPLICATE),
    _read("list_blocked_incoming_email_countries", "84"),
    _read("list_blocked_incoming_email_domains", "84"),
)

_GREYLISTING = (
    _read("cpgreylist_status", "11.50"),
    _write("enable_cpgreylist", "11.50"),
    _write("disable_cpgreylist", "11.50"),
    _read("load_cpgreylist_config", "11.50"),
    _write("save_cpgreylist_config", "11.50"),
    _read("read_cpgreylist_deferred_entries", "11.50"),
    _read("read_cpgreylist_trusted_hosts", "11.50"),
    _once("create_cpgreylist_trusted_host", "11.50", None, ip=INDEXED),
    _once("delete_cpgreylist_trusted_host", "11.50", None, ip=INDEXED),
    _read("cpgreylist_is_server_netblock_trusted", "11.50"),
    _read("cpgreylist_list_entries_for_common_mail_provider", "11.52", None, provider=INDEXED),
    _read("cpgreylist_load_common_mail_providers_config", "11.52"),
    _write("cpgreylist_save_common_mail_providers_config", "11.52"),
    _write("cpgreylist_trust_entries_for_common_mail_provider", "11.52", None, provider=INDEXED),
    _write("cpgreylist_untrust_entries_for_common_mail_provider", "11.52", None, provider=INDEXED),
)

_SUPPORT = (
    _read("listaccts", "11"),
    _read("accountsummary", "11.32"),
    _read("list_users", "11"),
    _read("myprivs", "11"),
    _read("applist", "11"),
    _read("version"),
    _read("gethostname", "11"),
    _read("is_role_enabled", "76"),
    Function("batch", INNER, False, None, "11", {"command": DUPLICATE}),
    Function("cpanel", INNER, False, None, "84"),
    Function("uapi_cpanel", INNER, False, None, "86"),
)

_ADJACENT = (
    _write("modifyacct", "11"),
    _write("massmodifyacct", "88", None, user=DUPLICATE),
    _read("listmxs", None, _DNS),
    _once("savemxs", None, _DNS),  # described as creating a record: a repeat may leave two
)

_CPANEL = (
    _write("Email::hold_outgoing"),
    _write("Email::release_outgoing"),
    _write("Email::suspend_outgoing", "70", _SEND),
    _write("Email::unsuspend_outgoing"),
    _write("Email::suspend_incoming", "54", _RECEIVE),
    _write("Email::unsuspend_incoming", None, _RECEIVE),
    _write("Email::suspend_login", "54", _RECEIVE),
    _write("Email::unsuspend_login", None, _RECEIVE),
    _read("Email::get_held_message_count", None, _RECEIVE),
    _once("Email::delete_held_messages", None, _RECEIVE),
    _read("Email::list_pops", "11.42", _RECEIVE),
    _read("Email::list_pops_with_disk", "11.42", _RECEIVE),
    _write("Email::terminate_mailbox_sessions"),
    _read("EmailTrack::stats", None, _SEND),
    _read("EmailTrack::search", None, _SEND),
    _read("EmailTrack::trace", None, _RECEIVE),
)


def _index(*groups: tuple[Function, ...]) -> dict[str, Function]:
    return {function.name: function for group in groups for function in group}


#: WHM API 1 functions by name.
WHM_API_1 = _index(_ACCOUNT_MAIL, _MAIL_DNS, _MAIL_SERVER, _SPAM_MANAGEMENT, _GREYLISTING, _SUPPORT, _ADJACENT)

#: UAPI and cPanel API 2 calls by ``Module::function``; reached through uapi_cpanel and cpanel.
CPANEL = _index(_CPANEL)

#: Of these, the ones that only cPanel API 2 has.
_API_2 = frozenset(("EmailTrack::stats", "EmailTrack::search", "EmailTrack::trace"))

_TARGETS = {
    "uapi_cpanel": ("cpanel.user", "cpanel.module", "cpanel.function"),
    "cpanel": ("cpanel_jsonapi_user", "cpanel_jsonapi_module", "cpanel_jsonapi_func", "cpanel_jsonapi_apiversion"),
}
_INNER_NAMES = {
    "uapi_cpanel": ("cpanel.module", "cpanel.function"),
    "cpanel": ("cpanel_jsonapi_module", "cpanel_jsonapi_func"),
}


def lookup(name: str) -> Function:
    """The catalogue's row for a WHM API 1 function; an unlisted one counts as a write that must not be repeated."""
    return WHM_API_1.get(name) or (_read(name) if name in reads.WHM_API_1 else _once(name))


def lookup_carried(name: str, api: str) -> Function:
    """The same for a call of one account.

    :param name: ``Module::function``.
    :param api: ``uapi``, ``api2``, or anything else for an interface of which nothing is known.
    """
    if api == "uapi" and name in reads.UAPI:
        return CPANEL.get(name) or _read(name)
    known = CPANEL.get(name) if api in ("uapi", "api2") else None
    return known if known and (known.writes or (api == "api2") == (name in _API_2)) else _once(name)


def resolve(name: str, params: Mapping[str, Any]) -> Function:
    """Like :func:`lookup`, but what a carrier carries decides: a batch of reads is a read.

    Of a function that is not listed, the names of its parameters tell which of them are secret.

    :param name: WHM API 1 function name.
    :param params: its parameters as given to the client (values may be lists).
    """
    function = lookup(name)
    if name not in WHM_API_1:
        return replace(function, secrets=_secrets(name, params))
    if function.access != INNER:
        return function
    inner = list(_batch_commands(params)) if name == "batch" else [_row_of_carried(name, params)]
    writes = not inner or any(row.writes for row in inner)
    return Function(
        name=name,
        access=WRITE if writes else READ,
        repeat_safe=bool(inner) and all(row.repeat_safe for row in inner),
        role=inner[0].role if len(inner) == 1 else None,
        since=function.since,
        repeats=function.repeats,
        secrets=_secrets(name, params),
    )


def carried(name: str, params: Mapping[str, Any]) -> frozenset[str]:
    """The names of the functions that a call is about: its own, or those that a batch, uapi_cpanel or cpanel carries."""
    if name == "batch":
        commands = [(command, query if lookup(command).access == INNER else "") for command, query in _commands(params)]
        return frozenset(inner for command, query in commands for inner in carried(command, _given(query)))
    if name in _INNER_NAMES:
        return frozenset(("::".join(_only(params.get(key)) for key in _INNER_NAMES[name]),))
    return frozenset((name,))


def _row_of_carried(name: str, params: Mapping[str, Any]) -> Function:
    """The call of an account that ``cpanel`` or ``uapi_cpanel`` carries. One that is named in two ways is nobody's guess."""
    inner_name = "::".join(_only(params.get(key)) for key in _INNER_NAMES[name])
    given = [key for key in params if key.lower().startswith(("cpanel.", "cpanel_"))]
    if any(key not in _TARGETS[name] for key in given):
        return _once(inner_name)
    version = _only(params.get("cpanel_jsonapi_apiversion", "2"))
    return lookup_carried(inner_name, "uapi" if name == "uapi_cpanel" else {"2": "api2", "3": "uapi"}.get(version, ""))


def _secrets(name: str, params: Mapping[str, Any]) -> tuple[str, ...]:
    """The parameters that must never be shown, of a carrier or of a function that is not listed."""
    if name == "batch":
        return ("command",) if any(secret_values(*call) for call in _calls(params)) else ()
    return tuple(key for key in params if is_secret_name(key))


def commands(params: Mapping[str, Any]) -> list[str]:
    """The names of the functions that a batch carries, in its order."""
    return [name for name, _query in _commands(params)]


def secret_values(name: str, params: Mapping[str, Any]) -> list[str]:
    """Values of the parameters that must never be shown, those inside the commands of a batch among them."""
    if name == "batch":
        return [value for call in _calls(params) for value in secret_values(*call)]
    # What is not listed, and what is carried, is judged by the names of its parameters.
    secrets, by_name = lookup(name).secrets, name not in WHM_API_1 or name in _TARGETS
    given = [
        value
        for key, value in params.items()
        if re.sub(r"-\d+\Z", "", key) in secrets or (by_name and is_secret_name(key))
    ]
    return [str(item) for value in given for item in (value if isinstance(value, (list, tuple)) else [value])]


def _only(value: Any) -> str:
    """A value that was given once; the server takes one of several, and which one is not ours to guess."""
    if isinstance(value, (list, tuple)):
        return str(value[0]) if len(value) == 1 else ""
    return str(value)


def _batch_commands(params: Mapping[str, Any]) -> Iterator[Function]:
    for name, query in _commands(params):
        function = lookup(name)
        yield resolve(name, _given(query)) if function.access == INNER else function


def _commands(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The calls that a batch carries: function and query."""
    for key, value in params.items():
        if key != "command" and not key.startswith("command-"):
            continue
        for command in value if isinstance(value, (list, tuple)) else [value]:
            name, _separator, query = str(command).partition("?")
            yield name, query


def _calls(params: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Those that may hold a secret, with their parameters taken apart."""
    for name, query in _commands(params):
        if name not in WHM_API_1 or lookup(name).access == INNER or lookup(name).secrets:
            yield name, _given(query)


def _given(query: str) -> dict[str, list[str]]:
    """The parameters in a query; every one is a list, because it may repeat."""
    given: dict[str, list[str]] = {}
    for parameter, text in parse_qsl(query, keep_blank_values=True):
        given.setdefault(parameter, []).append(text)
    return given

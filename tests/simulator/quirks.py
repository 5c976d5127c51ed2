# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways in which servers differ or misbehave, each with a name and switchable per server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Known:
    """What a quirk does, whether it is on without being asked for, and which options it takes."""

    sentence: str
    default: bool = False
    options: tuple[str, ...] = ()


QUIRKS: dict[str, Known] = {
    "prefix_hazard": Known(
        "Releasing a name deletes every line of the Exim list that begins with it (BEHAVIOUR E).", default=True
    ),
    "list_write_fails": Known("Exim's lists cannot be written; only a log would tell, the call says OK (BEHAVIOUR E)."),
    "sort_fault": Known("With several sort keys the first one is never applied (BEHAVIOUR B).", default=True),
    "chunk_wrap": Known("A chunk that starts beyond the end starts at 1 again (BEHAVIOUR B).", default=True),
    "mailbox_strings": Known("Mailbox numbers are quoted, as parsed from doveadm's text (BEHAVIOUR E).", default=True),
    "string_results": Known('metadata.result is the string "1" or "0" (BEHAVIOUR B, old captures).'),
    "string_numbers": Known("Every number in data is quoted (BEHAVIOUR B)."),
    "version_legacy": Known("version answers in the cpanelresult shape (BEHAVIOUR B)."),
    "cpanel_enveloped": Known(
        "The function cpanel wraps its answer, an unknown user's among them, in data and metadata instead of sending it bare."
    ),
    "reference_types": Known(
        "Quotas and sizes of list_pops_with_disk, and the reached limits of emailtrack_user_stats, come as the reference shows them: integers, 0/1."
    ),
    "api2_status": Known(
        "A failing call of cPanel API 2 says so in data[0].status alone, event.result is 1 (live 138)."
    ),
    "uapi_talks": Known("UAPI answers carry warnings and messages, some of them of several lines."),
    "access_denied": Known("A missing privilege is told as Access denied instead of Permission denied (test suites)."),
    "json_bodies": Known("Parameters in a JSON body count (the vendor's client can send them, the guides are silent)."),
    "no_chunk_all": Known(
        "api.chunk.start=-1 is not understood as all records (the vendor says that a server may not)."
    ),
    "silent_noop": Known("Writes say OK and do nothing.", options=("functions", "users")),
    "late_effect": Known("Writes say OK and take effect later.", options=("seconds", "functions", "users")),
    "batch_drops": Known("batch leaves out elements of its answer although it executed them.", options=("every",)),
    "batch_stops": Known("batch stops half way and answers with fewer elements.", options=("at",)),
    "abort_ignored": Known("batch does not know abort_on_error (BEHAVIOUR C, older servers)."),
    "no_status_list": Known("The server has no get_mailbox_status_list: an unknown function, also in a batch."),
    "invalid_utf8": Known("Account data holds bytes that are not UTF-8 (BEHAVIOUR A)."),
    "warnings_in_metadata": Known("Warnings stand in metadata.warnings and metadata.output.warnings (BEHAVIOUR B)."),
    "exim_flat": Known("validate_exim_configuration_syntax answers without a metadata object (reference, example)."),
    "exim_invalid_fails": Known(
        "An invalid installed Exim configuration is told with result 0 instead of 1 (not known)."
    ),
    "exim_failure_is_1": Known("exim_configuration_check fails with result 1 (reference, example)."),
    "doveadm_errors": Known(
        "Expunging stops half way with text in data.errors, the call says OK (BEHAVIOUR E).",
        options=("functions", "users"),
    ),
    "doveadm_warnings": Known(
        "Expunging works and doveadm prints a warning about its configuration, which stands in data.errors (known of doveadm).",
        options=("functions", "users"),
    ),
    "translated": Known("The server's language is German unless another one is set (BEHAVIOUR B)."),
    "old_words": Known("SPF and PTR verdicts in the words of 11.120: INVALID, HELO_MISMATCH (BEHAVIOUR E)."),
    "dmarc_takes_all": Known("apply_dmarc publishes what is no DMARC record, too (not known)."),
    "dmarc_first_only": Known("Of several DMARC records of a domain only the first is told (not known)."),
    "default_dmarc_empty": Known("Where no default DMARC record was set, an empty one is answered (not known)."),
    "limits_capped": Known(
        "massmodifyacct stores the largest number that it knows instead of a larger one, and says OK (not known)."
    ),
    "half_a_list": Known(
        "Of a list of countries or domains to block or unblock, what stands before one that is refused is done all the same (not known)."
    ),
    "greylist_full_setter": Known(
        "Settings of greylisting that are not given are reset (not known; documented as kept)."
    ),
    "greylist_host_again": Known("A host that greylisting trusts can be trusted once more (not known)."),
    "greylist_networks": Known("A range that is a network is listed as one among the trusted hosts (not known)."),
    "greylist_failed_map": Known(
        "Hosts that could not be trusted are told in a map, as those that could not be deleted (reference, sibling)."
    ),
    "greylist_maps": Known("Providers that are not trusted any more are told as those that are (reference, sibling)."),
    "greylist_page": Known("Deferred mail comes twenty rows at a time, and nothing gets at the others (not known)."),
    "forwarder_gone_refused": Known("To take away a forwarder that is not there is refused (not known)."),
    "autoresponder_needs_times": Known(
        "An autoresponder is not made without start and stop (the reference calls them required; seen to be optional)."
    ),
    "acl_403": Known("A missing privilege is answered with 403 instead of result 0 (BEHAVIOUR A, not known which)."),
    "redirect_to_ssl": Known("The plain port redirects everything to the TLS port (BEHAVIOUR A)."),
    "no_lockout": Known("Bad logins never lock an address out."),
    "no_gzip": Known("Answers are never compressed."),
}


class Quirks:
    """The quirks of one server. Unknown names are refused with a sentence."""

    def __init__(self, wanted: Any = None) -> None:
        self._on: dict[str, dict[str, Any]] = {name: {} for name, known in QUIRKS.items() if known.default}
        self.update(wanted)

    def update(self, wanted: Any) -> None:
        """Take a list of names (or {name: …, option: …}) or a mapping name -> true, false or options."""
        if isinstance(wanted, Mapping):
            for name, value in wanted.items():
                self._switch(str(name), value)
            return
        if isinstance(wanted, str) or not isinstance(wanted or [], Iterable):
            raise ValueError(
                f"Quirks are a list of names, or a mapping of names to true, false or options: not {wanted!r}."
            )
        for item in wanted or []:
            if isinstance(item, Mapping):
                options = dict(item)
                self.add(str(options.pop("name", "")), **options)
            else:
                self.add(str(item))

    def _switch(self, name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            self.add(name, **value)
        elif value:
            self.add(name)
        else:
            self.remove(name)

    def add(self, name: str, **options: Any) -> None:
        known = _known(name)
        unknown = sorted(set(options) - set(known.options))
        if unknown:
            raise ValueError(f"The quirk {name!r} has no option {', '.join(unknown)}.")
        self._on[name] = options

    def remove(self, name: str) -> None:
        _known(name)
        self._on.pop(name, None)

    def __contains__(self, name: str) -> bool:
        return name in self._on

    def option(self, name: str, option: str, default: Any = None) -> Any:
        return self._on.get(name, {}).get(option, default)

    def hits(self, name: str, function: str, user: str | None) -> bool:
        """Whether the quirk is on for this function and user."""
        if name not in self._on:
            return False
        functions = self._on[name].get("functions")
        users = self._on[name].get("users")
        return (not functions or function in functions) and (not users or user in users)

    def as_dict(self) -> dict[str, dict[str, Any]]:
        return {name: dict(options) for name, options in self._on.items()}


def _known(name: str) -> Known:
    if name not in QUIRKS:
        raise ValueError(f"There is no quirk named {name!r}. The quirks are: {', '.join(sorted(QUIRKS))}.")
    return QUIRKS[name]

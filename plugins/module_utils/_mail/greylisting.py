# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Greylisting: its settings, the hosts that are trusted and the common mail providers, as results and facts show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._mail.gathering import Facts, Params, Subset, answered
from ansible_collections.whm.mail.plugins.module_utils._mail.hosts import listed_host
from ansible_collections.whm.mail.plugins.module_utils._mail.times import both
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Verdict
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import Fields, to_int
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer

STATUS = "cpgreylist_status"
CONFIG = "load_cpgreylist_config"
PROVIDERS = "cpgreylist_load_common_mail_providers_config"
SAVE_PROVIDERS = "cpgreylist_save_common_mail_providers_config"
HOSTS = "read_cpgreylist_trusted_hosts"

#: The switch for providers that the vendor adds later: of the server, and a parameter of SAVE_PROVIDERS.
NEW_PROVIDERS = "autotrust_new_common_mail_providers"

#: The whole numbers among the settings, with the highest value where there is one. The lowest is 1.
NUMBERS: Mapping[str, int | None] = {
    "child_timeout_secs": None,
    "initial_block_time_mins": 240,
    "max_child_procs": None,
    "must_try_time_mins": 1440,
    "purge_interval_mins": None,
    "record_exp_time_mins": 43200,
}
#: What save_cpgreylist_config sets.
SETTINGS = (*NUMBERS, "spf_bypass")

#: What the settings are read from.
CONFIG_CALLS = (Call(STATUS), Call(CONFIG), Call(PROVIDERS))
CALLS = (*CONFIG_CALLS, Call(HOSTS))


def config_of(client: Client, status: Outcome, config: Outcome, providers: Outcome) -> dict[str, Any]:
    """The settings of the server, null for one that it does not tell. Whether greylisting is on, its status decides."""
    switch, stored, switches = answered(status), answered(config), answered(providers)
    values = stored.get("cpgreylist_config")
    if not isinstance(values, dict):
        raise UnexpectedAnswer("the answer has no object data.cpgreylist_config", CONFIG)
    told = {name: Fields(name) for name in (STATUS, CONFIG, PROVIDERS)}
    found = {
        "enabled": told[STATUS].flag(_data(switch), "is_enabled"),
        "exim_enabled": told[STATUS].flag(_data(switch), "is_exim_enabled"),
        **{name: told[CONFIG].whole(values, name) for name in NUMBERS},
        "spf_bypass": told[CONFIG].flag(values, "spf_bypass"),
        NEW_PROVIDERS: told[PROVIDERS].flag(_data(switches), NEW_PROVIDERS),
    }
    for fields in told.values():
        client.tell(fields)
    return found


def _data(answer: Answer) -> Mapping[str, Any]:
    return answer.data if isinstance(answer.data, dict) else {}


def providers_of(client: Client, outcome: Outcome) -> dict[str, dict[str, Any]]:
    """The common mail providers by their key, null for a flag that the server does not tell.

    :raises UnexpectedAnswer: the answer does not tell which there are.
    """
    found = answered(outcome).get("common_mail_providers")
    if found == []:  # an empty map, as some programs write it
        found = {}
    if not isinstance(found, dict) or not all(isinstance(row, dict) for row in found.values()):
        raise UnexpectedAnswer("the answer has no map of providers in data.common_mail_providers", PROVIDERS)
    fields = Fields(PROVIDERS)
    providers = {
        str(key): {
            "display_name": fields.text(row, "display_name"),
            "trusted": fields.flag(row, "is_trusted"),
            "autotrust": fields.flag(row, "autoupdate"),
        }
        for key, row in sorted(found.items())
    }
    client.tell(fields)
    return providers


def provider_rows(providers: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"provider": key, **state} for key, state in providers.items()]


def hosts_of(client: Client, outcome: Outcome) -> list[dict[str, Any]]:
    """The trusted hosts, by address. ``listed`` is the server's own spelling.

    :raises UnexpectedAnswer: a list that lacks one would say that it is not trusted.
    """
    fields = Fields(HOSTS)
    found = []
    for record in objects_in(answered(outcome), "greylist_trusted_hosts", HOSTS):
        text = record.get("host_ip")
        if not isinstance(text, str) or not text:
            raise UnexpectedAnswer("the answer has rows without host_ip", HOSTS)
        name, order = listed_host(text)
        comment = record.get("comment")
        row = {
            "host": name,
            "listed": text,
            "comment": comment if isinstance(comment, str) else fields.text(record, "comment"),
            "trusted": True,
            **both("created", fields.moment(record, "create_time")),
        }
        found.append((order, text, row))
    client.tell(fields)
    return [row for _order, _text, row in sorted(found, key=lambda each: each[:2])]


def objects_in(answer: Answer, key: str, function: str) -> list[dict[str, Any]]:
    """The objects of a list that must be there: null, a list without some of its rows and no list at all are no empty list.

    :raises UnexpectedAnswer: it is none.
    """
    rows = answer.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnexpectedAnswer(f"the answer has no list of objects in data.{key}", function)
    return rows


def complaint_of(parts: Sequence[str], about: Iterable[str] | None = None) -> Callable[[Answer], Verdict]:
    """Looks for reasons in an answer that says 1 whatever happened. The state decides: what is in these parts is documented in two ways,
    so that a reason there is no proof, and none there is no proof of the opposite.

    :param parts: keys of ``data``.
    :param about: keys in these parts; everything there when omitted.
    """
    wanted = None if about is None else set(about)

    def verdict(answer: Answer) -> Verdict:
        found = [answer.get(part) for part in parts]
        if wanted is not None:
            found = [each[key] for each in found if isinstance(each, dict) for key in each if key in wanted]
        reasons = [text for each in found for text in _texts(each)]
        return Verdict(doubt="; ".join(reasons))

    return verdict


def _texts(value: Any) -> list[str]:
    """All texts inside a value. A number is a count, also where it is quoted."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) and value.strip() and to_int(value) is None else []


def _first(params: Params) -> list[Call]:
    return list(CALLS)


def _finish(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    status, config, providers, hosts = outcomes
    found = {
        "config": config_of(client, status, config, providers),
        "hosts": hosts_of(client, hosts),
        "providers": provider_rows(providers_of(client, providers)),
    }
    return {"greylisting": found}


#: The subset of mail_facts.
SUBSET = Subset(_first, _finish)

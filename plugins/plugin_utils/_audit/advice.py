# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about a finding: words for people, and a task to paste where a module of this collection does it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

import yaml
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns_checks import ELSEWHERE
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import StateModule
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from ansible_collections.whm.mail.plugins.modules import (
    dkim,
    dmarc,
    exim_config,
    forward_destination,
    outgoing_mail,
    spf,
)
from ansible_collections.whm.mail.plugins.plugin_utils._audit.rules import RULES

Finding = Mapping[str, Any]

#: The variable of the task that forwards root's mail: where that goes only the reader knows. A task without it fails, and changes nothing.
ROOT_VARIABLE = "root_mail_address"

# The same document as of yaml.safe_dump, many times as fast where PyYAML has its library.
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

# Ansible takes these for templates and would run what a server calls its things.
_TEMPLATE = re.compile(r"\{[{%#]")

# Names of servers that can stand in a condition without being anything else there.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*\Z")


# Texts that YAML takes for nothing but themselves, but for a few words.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./ -]*(?<! )\Z")
_YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


@dataclass(frozen=True)
class Task:
    """A task of a playbook.

    :param name: what it does.
    :param module: without its collection.
    """

    name: str
    module: str
    options: Mapping[str, Any]


Advice = tuple[str, Optional[Task]]

#: Module to what knows which options it would refuse.
_MODULES: dict[str, StateModule] = {
    "dkim": dkim.MODULE,
    "exim_config": exim_config.MODULE,
    "forward_destination": forward_destination.MODULE,
    "outgoing_mail": outgoing_mail.MODULE,
    "spf": spf.MODULE,
    "dmarc": dmarc.MODULE,
    **{part.name: part.module for rule in RULES.values() for part in rule.parts},
}


def advice(finding: Finding, servers: Sequence[str] = ()) -> tuple[str, str | None]:
    """Words, and the text of a task in YAML; None where no module does it, or none would take these values.

    :param servers: names of those that have the finding; the task then runs on no other.
    """
    words, task = _advice(finding)
    if ELSEWHERE in finding["message"] and finding["resource"] in ("dkim", "spf", "dmarc"):
        return "Nothing on this server mends it: publish the record where the DNS of the domain is served.", None
    return words, None if task is None else _text(task, servers)


def _advice(finding: Finding) -> Advice:
    field = "policy" if _is_refused_query(finding) else finding["field"]
    general = _GENERAL.get(field)
    return general(finding) if general else _BY_RESOURCE.get(finding["resource"], _unknown)(finding)


def _is_refused_query(finding: Finding) -> bool:
    """Messages of mailboxes have their query for a field."""
    resource, field, severity = (str(finding[key]) for key in ("resource", "field", "severity"))
    return resource == "mailbox_messages" and severity == "problem" and field != "readable"


def _text(task: Task, servers: Sequence[str]) -> str | None:
    named = all(_PLAIN_NAME.match(name) for name in servers)
    if not named or not _taken(task):
        return None
    lines = [f"- name: {_scalar(task.name)}", f"  whm.mail.{task.module}:"]
    for option, value in task.options.items():
        lines += _lines(option, value)
    if servers:
        lines.append(f"  when: {_only(servers)}")
    return "\n".join(lines)


def _lines(option: str, value: Any) -> list[str]:
    """An option, in the form of yaml.safe_dump."""
    if isinstance(value, list) and value:
        return [f"    {option}:", *(f"    - {_scalar(each)}" for each in value)]
    return [f"    {option}: {_scalar(value)}"]


def _scalar(value: Any) -> str:
    """A value in YAML. A page has ten thousands of them, most of them plain, and yaml.safe_dump takes its time for each."""
    if isinstance(value, str) and _PLAIN.match(value) and value.lower() not in _YAML_WORDS:
        return value
    text: str = yaml.dump(value, Dumper=_DUMPER, default_style='"' if isinstance(value, str) else None, width=10**6)
    return text.partition("\n")[0]


def _taken(task: Task) -> bool:
    """Whether the module would take the task as it is written, and Ansible would look for templates in none of it."""
    if _templates(task) - {f"{{{{ {ROOT_VARIABLE} }}}}"}:
        return False
    module = _MODULES[task.module]
    try:
        module.check({name: task.options.get(name, option.get("default")) for name, option in module.options.items()})
    except InvalidInput:
        return bool(_templates(task))  # our own variable, which is no address yet
    return True


def _templates(task: Task) -> set[str]:
    """Texts of the task that Ansible would take for templates."""
    values = [task.name]
    for value in task.options.values():
        values += value if isinstance(value, list) else [str(value)]
    return {text for text in values if _TEMPLATE.search(text)}


def _only(servers: Sequence[str]) -> str:
    """A condition, which in YAML needs no quotes around it: the names are plain ones."""
    if len(servers) == 1:
        return f"inventory_hostname == '{servers[0]}'"
    return "inventory_hostname in [{}]".format(", ".join(f"'{name}'" for name in servers))


def as_yaml(value: Any, readable: bool = False) -> str:
    """The value as YAML, without its last line break.

    :param readable: letters of all languages stand as they are; else only ASCII, so that nothing is there that a reader does not see.
    """
    text: str = yaml.dump(
        value, Dumper=_DUMPER, sort_keys=False, default_flow_style=False, allow_unicode=readable, width=10**6
    )
    return text.rstrip("\n")


def _texts(value: Any) -> list[str] | None:
    """A list of texts; None for anything else, which a document that somebody wrote by hand may hold."""
    found = isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value)
    return [str(each) for each in value] if found else None


# What any resource may say.


def _refused_policy(finding: Finding) -> Advice:
    variable = "policy_{}".format(finding["resource"])
    return f"Correct {variable}: as it is written it would be refused, and so it is not checked either.", None


def _unreadable(finding: Finding) -> Advice:
    return _UNREADABLE.get(finding["resource"], _NOT_TOLD), None


_NOT_TOLD = (
    "The finding says what the server answered. Give the login the privilege, switch the server's role on, or update the server; "
    "then audit again. Until then this is not known."
)
_ASK_DNS = (
    "See whether the domain is on this server and its name servers answer, then audit again; where nothing was gathered, name the "
    "subset auth in audit_gather_subset."
)
_UNREADABLE = {
    "outgoing_mail": "See whether the account is spelt right and this login may see it, and that audit_gather_subset names accounts; "
    "then audit again.",
    "forwards": "See whether the account exists and this login may read where its mail goes, and that audit_gather_subset names forwards; "
    "then audit again.",
    "dkim": _ASK_DNS,
    "spf": _ASK_DNS,
    "dmarc": _ASK_DNS,
    "ptr": "See whether the name servers of the address answer, then audit again.",
    "exim": "Check it by hand in WHM's Exim Configuration Manager, and see that audit_gather_subset names exim.",
    "queue": "Look at the messages in WHM's Mail Queue Manager: this server does not tell all of it.",
    "spamd": "Run whm.mail.spamd_config in check mode with transport: cli on the server itself: there the options can be read.",
    "mailbox_messages": "See whether the address exists and this login may read it, and that audit_gather_subset names mailboxes; then "
    "audit again.",
}

_GENERAL: dict[str, Callable[[Finding], Advice]] = {"policy": _refused_policy, "readable": _unreadable}


# What each resource says of itself.


def _outgoing_mail(finding: Finding) -> Advice:
    user, option = finding["item"], finding["field"]
    if option not in ("hold", "suspended"):
        return "Correct the name in policy_outgoing_mail, take it out, or set ignore_missing: true for its entry.", None
    wanted = finding["severity"] == "drift" and finding["expected"] is True
    verb = _VERBS[option, wanted]
    task = Task(f"{verb} outgoing mail of {user}", "outgoing_mail", {"users": [user], option: wanted})
    if finding["severity"] == "drift":
        return f"{verb} it, as the policy wants, or change the policy.", task
    return (
        f"Find out why, and since when. Where it is meant, say so in policy_outgoing_mail; where its cause is gone: {verb.lower()} it.",
        task,
    )


_VERBS = {
    ("hold", True): "Hold",
    ("hold", False): "Release",
    ("suspended", True): "Suspend",
    ("suspended", False): "Unsuspend",
}


def _forwards(finding: Finding) -> Advice:
    user = finding["item"]
    if finding["severity"] != "drift":
        words = f"Send it to an address that somebody reads: set {ROOT_VARIABLE}, or say it in policy_forwards."
        return words, _forward(user, [f"{{{{ {ROOT_VARIABLE} }}}}"]) if user == "root" else None
    wanted = _texts(finding["expected"])
    words = "Set the destinations that the policy wants, or change the policy."
    return words, None if wanted is None else _forward(user, wanted)


def _forward(user: str, destinations: Sequence[str]) -> Task:
    options = {"users": [user], "destinations": list(destinations)}
    return Task(f"Where mail of {user} goes", "forward_destination", options)


def _dkim(finding: Finding) -> Advice:
    state = finding["expected"] if finding["severity"] == "drift" else "present"
    options = {"domains": [finding["item"]], "state": state}
    task = Task(f"DKIM of {finding['item']}", "dkim", options) if state in ("present", "absent") else None
    if state == "absent":
        return "Take the record out of DNS, as the policy wants, or change the policy.", task
    return _DKIM_WORDS.get(str(finding["found"]), _DKIM_PUBLISH), task


_DKIM_PUBLISH = (
    "Have the server publish its key. Where DNS is served elsewhere, publish there the record that the finding names."
)
_DKIM_WORDS = {
    "no_key": "Have the server make a key and publish it. Where DNS is served elsewhere, publish it there.",
    "weak_key": "Have the server replace the key and publish it. Where DNS is served elsewhere, publish it there.",
    "multiple": "Leave only the record of the server's key. Where DNS is served elsewhere, remove the others there.",
}


def _spf(finding: Finding) -> Advice:
    domain, expected = finding["item"], finding["expected"]
    if finding["severity"] == "drift":
        records = _texts(expected)
        words = "Publish the record that the policy wants, or change the policy. Where DNS is served elsewhere, publish it there."
        return words, _spf_task(domain, records[0]) if records and len(records) == 1 else None
    if finding["found"] == "missing" and expected:
        words = "Publish a record. First add whatever else sends for the domain, such as newsletters or a shop."
        return words, _spf_task(domain, f"v=spf1 {expected} ~all")
    return _SPF_WORDS.get(str(finding["found"]), _SPF_WORDS["malformed"]), None


def _spf_task(domain: str, record: str) -> Task:
    return Task(f"SPF of {domain}", "spf", {"domains": [domain], "record": record})


#: Without a task: the finding does not say what else the record has to allow, and a task would take that away.
_SPF_WORDS = {
    "missing": "Publish a record that names all that sends for the domain, and say it in policy_spf.",
    "mismatch": "Add what the finding names to the record, and say the whole of it in policy_spf.",
    "multiple": "Make one record of them that names all senders, and say it in policy_spf.",
    "malformed": "Correct the record, and say it in policy_spf.",
}


def _dmarc(finding: Finding) -> Advice:
    domain, expected = finding["item"], finding["expected"]
    if finding["found"] in ("dkim_error", "spf_error", "dkim_spf_error"):
        return (
            "Leave the record, and put right first what it relies on: see the findings on DKIM and SPF of the domain.",
            None,
        )
    texts = _texts(expected) if finding["severity"] == "drift" else None
    record = texts[0] if texts else expected if isinstance(expected, str) and expected else "v=DMARC1; p=none;"
    only = (
        " and no other there" if finding["severity"] == "drift" or finding["found"] in ("malformed", "multiple") else ""
    )
    words = (
        f"Publish the TXT record {record} at _dmarc.{domain}{only}. Where DNS is served elsewhere, publish it there."
    )
    return words, Task(f"DMARC of {domain}", "dmarc", {"domains": [domain], "record": record})


def _ptr(finding: Finding) -> Advice:
    wanted = finding["expected"] or "the name by which the server greets"
    template = _PTR_WORDS.get(str(finding["found"]), _PTR_ASK)
    return template % wanted if "%s" in template else template, None


_PTR_ASK = "Ask the owner of the address, which is the hoster or network provider, to have its PTR record say %s."
_PTR_WORDS = {
    "mismatch": _PTR_ASK + " That name has to have an address record that leads back.",
    "helo_mismatch": _PTR_ASK + " Or have the server greet with the name that is there.",
    "private_address": "Find the public address behind which this one is, and ask its owner about its PTR record.",
}


def _exim(_finding: Finding) -> Advice:
    words = "Have WHM repair it. What it cannot repair is corrected in its Exim Configuration Manager."
    return words, Task("The Exim configuration is valid", "exim_config", {"state": "valid"})


def _queue(finding: Finding) -> Advice:
    if finding["field"] == "frozen":
        return (
            "See who sent them and why they froze (whm.mail.mail_queue_info tells), then deliver or delete them in WHM's Mail Queue Manager.",
            None,
        )
    return (
        "See where they are to go and what is said there (whm.mail.mail_queue_info, whm.mail.delivery_info): a full or dead "
        "destination, or an account that sends too much.",
        None,
    )


def _services(finding: Finding) -> Advice:
    return (
        f"Look into the log of {finding['item']} and start it in WHM's Service Manager; where it is not wanted, disable it there.",
        None,
    )


def _tokens(_finding: Finding) -> Advice:
    return "Make a new token in WHM's Manage API Tokens, give it to whatever uses this one, then revoke this one.", None


def _mailbox_messages(_finding: Finding) -> Advice:
    """Without a task: the finding does not name the mailboxes, and all of an address would be more than it is about."""
    words = (
        "Look with whm.mail.mailbox_info at what is there. The role whm.mail.policy expunges what matches, for good."
    )
    return words, None


def _by_rule(finding: Finding) -> Advice:
    rule = RULES[finding["resource"]]
    item, field = finding["item"], finding["field"]
    if rule.named and field == rule.named[1]:
        variable = f"policy_{finding['resource']}"
        return f"Correct the name in {variable}, take it out, or set ignore_missing: true for its entry.", None
    words = "Make it so, as the policy wants, or change the policy."
    if finding["severity"] == "info":
        words = "Look whether it is meant to be so; if not, this ends it."
    for part in rule.parts:
        options = part.paste(item, field, finding["expected"])
        if options is not None:
            return words, Task(rule.label if item == rule.item else f"{rule.label}: {item}", part.name, options)
    return words, None


def _unknown(_finding: Finding) -> Advice:
    return "The finding says all that is known.", None


_BY_RESOURCE: dict[str, Callable[[Finding], Advice]] = {
    "outgoing_mail": _outgoing_mail,
    "forwards": _forwards,
    "dkim": _dkim,
    "spf": _spf,
    "dmarc": _dmarc,
    "ptr": _ptr,
    "exim": _exim,
    "queue": _queue,
    "mailbox_messages": _mailbox_messages,
    "services": _services,
    "tokens": _tokens,
    **dict.fromkeys(RULES, _by_rule),
}

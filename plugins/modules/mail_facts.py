#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mail_facts
short_description: Gather the mail state of a whole server as facts
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Gathers accounts, forwards, mailboxes, DNS records for mail, queue, counts of deliveries and recipients, what is blocked, greylisting,
    and the state of Exim in one task, and returns them as RV(ansible_facts.whm_mail).
  - What the subsets ask first travels in one request. All of them except V(mailboxes) take seven requests for 200 accounts.
  - A subset that the server or the token cannot give is named in RV(ansible_facts.whm_mail.unavailable) with the reason. The others are
    returned all the same. Only a failed connection or login fails the task.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  gather_subset:
    description:
      - What to gather. V(all) is everything, and a name with V(!) in front is left out. A list of such exclusions alone begins with
        everything.
      - V(accounts), V(blocks), V(greylisting), V(queue), V(recipients), V(server), V(services) and V(tokens) cost nothing beyond the one
        request that all subsets share.
      - V(stats) costs the same for up to 1,000 accounts that sent mail, and one request for each further 1,000.
      - V(forwards) costs a call for each account, 100 of them in a request (O(api_batch_size)).
      - V(auth) costs a request for each 100 domains. The server asks live DNS four times for each of them, which can take it a minute and
        more where name servers do not answer. Consider a longer O(api_timeout).
      - V(domains) costs a request for each 50 domains. The server asks live DNS about each.
      - V(exim) costs one further request, in which the server rebuilds its Exim configuration in a dry run. That takes it a while.
      - V(mailboxes) costs a call for each account and one for each address, 100 of them in a request. It is by far the most expensive.
    type: list
    elements: str
    default: [accounts, forwards, queue, server]
  since:
    description:
      - Beginning of the time that V(stats) and V(recipients) count.
      - Epoch seconds, ISO 8601 (UTC where it names no offset), or how long ago, such as V(90s), V(30m), V(24h) or V(7d).
    type: str
    default: 24h
  until:
    description:
      - End of that time, written like O(since).
      - Now when omitted.
    type: str
  domains:
    description:
      - Further domains for V(auth), beside those of the accounts, such as the server's own name.
    type: list
    elements: str
    default: []
    aliases: [domain]
  forward_users:
    description:
      - Further users of the system for V(forwards), beside C(root) and the accounts, such as C(nobody) and C(cpanel).
      - WHM does not list them. Name here those whose mail matters.
    type: list
    elements: str
    default: []
notes:
  - "Reads: C(listaccts), C(list_users), C(get_user_email_forward_destination), C(list_pops_for), C(get_mailbox_status_list),
    C(get_mailbox_status), C(validate_current_dkims), C(validate_current_spfs), C(validate_current_ptrs), C(validate_current_dmarcs),
    C(fetch_mail_queue), C(emailtrack_stats), C(emailtrack_user_stats), C(get_unique_sender_recipient_count_per_user),
    C(list_blocked_incoming_email_countries), C(list_blocked_incoming_email_domains),
    C(validate_exim_configuration_syntax), C(validate_current_installed_exim_config), C(version), C(gethostname), C(applist), C(myprivs),
    C(is_role_enabled), C(get_default_dmarc_record), C(get_domain_info), C(has_local_authority), C(servicestatus), C(api_token_list),
    C(cpgreylist_status), C(load_cpgreylist_config), C(cpgreylist_load_common_mail_providers_config), C(read_cpgreylist_trusted_hosts), and
    C(accountsummary) for O(domains) that no account has and O(forward_users) that are refused."
  - Where the server refuses a batch because of one of its functions, it takes some requests more to find out which. So it does where it
    refuses one of many domains, for example to a reseller that does not own it.
  - V(auth), V(domains) and V(exim) are unavailable when the server does not answer within O(api_timeout). Any other subset that takes as long fails the
    task.
  - A server before version 124 has no DMARC check. RV(ansible_facts.whm_mail.auth) then holds the others, and a warning says so.
  - Resellers see the accounts that they own. The reference does not name a privilege for these functions. The roles MailSend and MailReceive
    must be enabled for their subsets.
  - Also works as a facts module, by C(ansible_facts_modules) and C(gather_facts). Ansible then runs it as an ordinary module over the
    connection of the host and fills in nothing. Set C(connection) to local and give O(api_host), or set O(transport=cli), in
    C(module_defaults), and there the other options of the connection, too. Variables of the host do not stand in for them then.
    O(gather_subset) has to stand there too, because Ansible does not pass on that of the play.
seealso:
  - module: whm.mail.account_info
  - module: whm.mail.email_auth_info
  - module: whm.mail.greylisting_info
  - module: whm.mail.incoming_block_info
  - module: whm.mail.mailbox_info
"""

EXAMPLES = r"""
- name: Gather what is cheap
  whm.mail.mail_facts:

- name: Say who is held
  ansible.builtin.debug:
    msg: "{{ ansible_facts.whm_mail.accounts | selectattr('hold') | map(attribute='user') }}"

- name: Gather everything but the mailboxes, and count over a week
  whm.mail.mail_facts:
    gather_subset: ['!mailboxes']
    since: 7d
    api_timeout: 300
"""

RETURN = r"""
ansible_facts:
  description: The facts. They stay with the host for the rest of the play, and in the fact cache where there is one.
  returned: success
  type: dict
  contains:
    whm_mail:
      description: Mail of the server. The keys of subsets that were not gathered, or are not available, are absent.
      type: dict
      contains:
        schema:
          description: Version of this structure.
          type: int
          sample: 1
        gathered_at:
          description: When it was gathered, by the clock of the machine that the module ran on.
          type: dict
          contains:
            epoch:
              description: In epoch seconds.
              type: int
              sample: 1769860800
            iso:
              description: In ISO 8601 UTC.
              type: str
              sample: "2026-01-31T12:00:00Z"
        subsets:
          description: Names of the subsets that were gathered.
          type: list
          elements: str
          sample: [server, accounts, forwards, queue]
        unavailable:
          description: Subset to the reason why there is none, with kind, function, reason, host and http_status.
          type: dict
          sample:
            forwards:
              kind: unsupported
              function: get_user_email_forward_destination
              reason: This functionality is not available because the "MailReceive" role is disabled on this server.
              host: whm1.example.com:2087
              http_status: 200
        server:
          description: As RV(whm.mail.server_info#module:server).
          type: dict
          sample:
            version: 11.138.0.6
            hostname: whm1.example.com
            functions: [accountsummary, listaccts]
            privileges: {all: true}
            roles: {DNS: true, MailReceive: true, MailSend: true, SpamFilter: true}
            unavailable: {}
        accounts:
          description: All accounts that the caller may see, by name. Each as in RV(whm.mail.account_info#module:accounts).
          type: list
          elements: dict
          sample: [{user: alice, domain: example.com, owner: root, suspended: false, hold: false, outgoing_suspended: false}]
        all_accounts:
          description:
            - Whether these are all accounts of the server, so that one that is missing does not exist. False for resellers, who see
              their own. Null when the server does not tell what the caller may do. Given with V(accounts).
          type: bool
          sample: true
        forwards:
          description:
            - Forwards of C(root), all accounts and O(forward_users), by name. Each as in RV(whm.mail.forward_destination_info#module:forwards).
            - One of O(forward_users) that this server certainly does not have says C(missing), which is true then.
          type: list
          elements: dict
          sample: [{user: root, destinations: [team@example.com]}]
        queue:
          description: The mail queue.
          type: dict
          contains:
            messages:
              description: All messages, oldest first. Each as in RV(whm.mail.mail_queue_info#module:messages).
              type: list
              elements: dict
              sample: [{msgid: 1UotX3-0002HX-Lr, sender: info@example.com, user: alice, size: 14336, age: 7260, frozen: false}]
            summary:
              description: As RV(whm.mail.mail_queue_info#module:summary).
              type: dict
              sample: {messages: 1, frozen: 0, size: 14336}
        stats:
          description: Counts of deliveries in RV(window).
          type: dict
          contains:
            server:
              description: Of all accounts together, as the item of RV(whm.mail.delivery_stats_info#module:stats) for O(ignore:per=server).
              type: dict
              sample: {user: null, sent: 140, succeeded: 130, failed: 10, deferred: 3, source: emailtrack_stats}
            accounts:
              description: Of each account, by name. Each as in RV(whm.mail.delivery_stats_info#module:stats).
              type: list
              elements: dict
              sample: [{user: alice, is_account: true, sent: 14, succeeded: 14, failed: 0, deferred: 0, source: emailtrack_user_stats}]
            truncated:
              description: Whether the server cut its list of accounts short.
              type: bool
              sample: false
        recipients:
          description:
            - To how many different recipients accounts wrote in RV(window), the highest count first. Each as in
              RV(whm.mail.recipient_count_info#module:counts).
          type: list
          elements: dict
          sample: [{user: alice, is_account: true, sender: null, count: 51}]
        blocks:
          description: From where the server takes no mail.
          type: dict
          contains:
            countries:
              description: The countries. Each as in RV(whm.mail.incoming_block_info#module:countries).
              type: list
              elements: dict
              sample: [{country_code: AD, blocked: true}]
            domains:
              description: The domains of senders. Each as in RV(whm.mail.incoming_block_info#module:domains).
              type: list
              elements: dict
              sample: [{domain: spam.example, blocked: true}]
        greylisting:
          description: Greylisting.
          type: dict
          contains:
            config:
              description: The settings, as RV(whm.mail.greylisting_info#module:greylisting).
              type: dict
              sample: {enabled: true, exim_enabled: true, spf_bypass: true, initial_block_time_mins: 5, must_try_time_mins: 240}
            hosts:
              description: The trusted hosts, by address. Each as in RV(whm.mail.greylisting_info#module:hosts).
              type: list
              elements: dict
              sample: [{host: 198.51.100.0/24, listed: 198.51.100.0-198.51.100.255, comment: Partner, trusted: true}]
            providers:
              description: The common mail providers, by their key. Each as in RV(whm.mail.greylisting_info#module:providers), without hosts.
              type: list
              elements: dict
              sample: [{provider: google, display_name: Google, trusted: true, autotrust: true}]
        mailboxes:
          description: The mailboxes of all addresses of all accounts. Each as in RV(whm.mail.mailbox_info#module:mailboxes).
          type: list
          elements: dict
          sample: [{user: alice, address: info@example.com, mailbox: INBOX, messages: 12, vsize: 48213}]
        addresses:
          description: All addresses of all accounts, with V(mailboxes). Each as in RV(whm.mail.mailbox_info#module:addresses).
          type: list
          elements: dict
          sample: [{user: alice, address: info@example.com, mailboxes: 4, messages: 120, vsize: 5120344, uncounted: 0, left_out: 0}]
        domains:
          description: Every domain of every account, by name.
          type: list
          elements: dict
          contains:
            domain:
              description: The domain.
              type: str
              sample: example.com
            user:
              description: The account.
              type: str
              sample: alice
            owner:
              description: Who owns the account.
              type: str
              sample: root
            type:
              description: What it is to its account. V(main), V(addon), V(parked) or V(sub).
              type: str
              sample: main
            parent:
              description: The domain below which it stands.
              type: str
              sample: example.com
            local_authority:
              description: Whether this server is authoritative for its DNS. Null where the server does not tell, or DNS could not be asked.
              type: bool
              sample: true
            nameservers:
              description: Its name servers.
              type: list
              elements: str
              sample: [ns1.example.net, ns2.example.net]
        services:
          description: The mail services that the server has.
          type: list
          elements: dict
          contains:
            service:
              description: How WHM names it.
              type: str
              sample: exim
            name:
              description: Its full name.
              type: str
              sample: Exim Mail Server
            installed:
              description: Whether it is installed.
              type: bool
              sample: true
            enabled:
              description: Whether it is meant to run.
              type: bool
              sample: true
            monitored:
              description: Whether the server watches it.
              type: bool
              sample: true
            running:
              description: Whether it runs.
              type: bool
              sample: true
        tokens:
          description: The API tokens of the caller, by name. Never a token itself.
          type: list
          elements: dict
          contains:
            name:
              description: What it is called.
              type: str
              sample: ansible
            created:
              description: When it was made, in ISO 8601 UTC.
              type: str
              sample: "2026-01-31T12:00:00Z"
            created_epoch:
              description: The same in epoch seconds.
              type: int
              sample: 1769860800
            expires:
              description: Until when it is good, in ISO 8601 UTC. Null for one that does not expire.
              type: str
              sample: "2027-01-31T12:00:00Z"
            expires_epoch:
              description: The same in epoch seconds.
              type: int
              sample: 1801396800
            addresses:
              description: From which addresses and networks it may be used. Null for all.
              type: list
              elements: str
              sample: [192.0.2.8/29]
            privileges:
              description: What it may do, by the names of privileges. Null where the server does not tell.
              type: list
              elements: str
              sample: [all]
        auth:
          description:
            - What DNS says about the main domains of the accounts, then about their other domains, then about O(domains). Each as in
              RV(whm.mail.email_auth_info#module:domains).
            - Other domains are addon and parked domains, and subdomains. Where the server does not tell them, a warning says so.
            - One of O(domains) that certainly no account of this server owns says C(missing), which is true then.
          type: list
          elements: dict
          sample:
            - domain: example.com
              dkim: {validity: valid}
              spf: {validity: valid}
              ptr: {validity: valid}
              dmarc: {validity: missing}
              problems: ["DMARC: there is no record at _dmarc.example.com; publish there a TXT record such as v=DMARC1; p=none;"]
        exim:
          description: The installed Exim configuration.
          type: dict
          contains:
            valid:
              description: Whether it is valid.
              type: bool
              sample: true
            message:
              description: What is wrong, in the server's words. Null when nothing is.
              type: str
              sample: null
window:
  description: The time that was counted.
  returned: success
  type: dict
  contains:
    since:
      description: Its beginning, in ISO 8601 UTC.
      type: str
      sample: "2026-01-30T12:00:00Z"
    since_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1769774400
    until:
      description: Its end, in ISO 8601 UTC. The time of the request when O(until) is omitted.
      type: str
      sample: "2026-01-31T12:00:00Z"
    until_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1769860800
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

import time
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.gathering import chosen, gather
from ansible_collections.whm.mail.plugins.module_utils._mail.names import account_names, domain_names
from ansible_collections.whm.mail.plugins.module_utils._mail.subsets import SUBSETS
from ansible_collections.whm.mail.plugins.module_utils._mail.times import Clock, iso, window
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client

SCHEMA = 1

OPTIONS = {
    "gather_subset": {"type": "list", "elements": "str", "default": ["accounts", "forwards", "queue", "server"]},
    "since": {"type": "str", "default": "24h"},
    "until": {"type": "str"},
    "domains": {"type": "list", "elements": "str", "default": [], "aliases": ["domain"]},
    "forward_users": {"type": "list", "elements": "str", "default": []},
}


def check(params: Params, clock: Clock = time.time) -> Params:
    return {
        **params,
        "gather_subset": chosen("gather_subset", params["gather_subset"], list(SUBSETS)),
        "domains": domain_names("domains", params["domains"]),
        "forward_users": account_names("forward_users", params["forward_users"]),
        "window": window(params["since"], params["until"], clock),
    }


def read(client: Client, params: Params) -> dict[str, Any]:
    now = int(time.time())
    gathered = gather(client, params, {name: SUBSETS[name] for name in params["gather_subset"]})
    facts = {"schema": SCHEMA, "gathered_at": {"epoch": now, "iso": iso(now)}, **gathered}
    return {"ansible_facts": {"whm_mail": facts}, "window": params["window"].as_dict()}


MODULE = InfoModule(options=OPTIONS, check=check, read=read)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()

# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configurations of Exim for hypothesis: put together from good parts, then spoilt as people spoil them."""

from __future__ import annotations

from ansible_collections.whm.mail.tests.simulator.exim_options import DRIVERS, GENERIC, MAIN
from hypothesis import strategies as st

VALUES = {
    "bool": ["= true", "= no", "= YES", "", "= perhaps", "x", "= no more", "="],
    "integer": ["= 7", "= 20K", "= 0x1f", "= 017", "= ten", "= 7 seven", "= 5 # five", "", "7", "= 3000000000", "= -4"],
    "fixed": ["= 4", "= 4.25", "= four", "= 4.x", ""],
    "time": ["= 5m", "= 1d12h", "= 5", "= 5 m", "= 5y", "", "= 1h # an hour"],
    "string": ["= x", '= "quoted"', '= "open', '= "closed" late', "= a : \\\n  b", "= # none", "", "x", ": x"],
}
# Those that Exim looks into further than its syntax, each in its own way.
DELICATE = set(
    """
    pass_router redirect_router headers_rewrite quota_directory quota_filecount shadow_transport
    admin_groups local_sender_retain smtp_ratelimit_mail smtp_ratelimit_rcpt tls_dh_max_bits delay_warning
    errors_reply_to exim_group exim_user exim_version localhost_number log_file_path log_selector message_size_limit
    never_users openssl_options spool_directory syslog_facility system_filter_group system_filter_user
    tls_certificate trusted_groups trusted_users gecos_pattern gecos_name uucp_from_pattern dns_check_names_pattern
    primary_hostname host_all_ignored host_find_failed create_file temp_errors user group command_group command_user
    owners owngroups driver expand_maildir_use_size_file mode directory_mode lockfile_mode modemask umask self
    transport process_log_path quota_size_regex maildir_quota_directory_regex maildirfolder_create_regex
    unknown_login warn_message_file
    """.split()  # noqa: SIM905
)
DRIVER_LINES = {
    "accept": "transport = t", "dnslookup": "transport = t", "ipliteral": "transport = t", "manualroute": "route_list = * x",
    "queryprogram": "command = /x\n  command_user = root", "redirect": "data = x", "appendfile": "file = /x",
    "lmtp": "command = /x", "cram_md5": "public_name = C", "external": "public_name = E", "plaintext": "public_name = P",
}  # fmt: skip
ACL_LINES = [
    "accept", "accept hosts = *", "deny !senders = x", "deny message = no", "hosts = a : \\\n  b", "warn set acl_m_a = 1",
    "require verify = sender", "condition = yes", "accept endpass", "discard log_message = x", "drop delay = 5s",
    # not so good
    "denny", "accept host = *", "accept hosts", "deny endpass", "deny !message = x", "warn set acl_a = 1", "accept hosts : *",
    "warn set acl_mx = 1", "!deny", "acl:", "!hosts", "set acl_c1 2", "1 = 2",
]  # fmt: skip
RETRY_LINES = [
    "* * F,2h,15m; G,16h,1h,1.5; F,4d,8h", "a.example timeout_connect F,1h,5m", "* quota_7d", "* rcpt_4xx F,2h,15m",
    "*@x * senders=: F,1h,1m", "* refused_MX",
    "*", "* nothing F,1h,1m", "* * F,2h", "* * G,2h,15m", "* * Q,2h,15m", "* * F,2h,15m G,1h,1m,2", "* * F,2,15m",
    "* * H,2h,15m,0.1", "* mail_4", "* quota_soon", "* * F 2h 15m",
]  # fmt: skip
REWRITE_LINES = ["*@a.example $1@b.example", "*@a b Ef", 'a "b c" T', "^x y S", "a", "a b ?", "a b S", "a b Z f"]
HEADS = [
    "MACRO = value", "hide message_size_limit = 5", "domainlist local = a : b", "hostlist h = *", "localpartlist l = x", "# remark",
    "", "   # remark", ".ifdef MACRO", ".ifndef MACRO", ".else", ".endif", ".elifdef OTHER", "OTHER = MACRO", "MACRO == again",
    "domainlist local", "Macro", "begin", ".include_if_exists /x", "hide", "addresslist", "acl_smtp_helo = MACRO",
    "OTHER == x", "MACROS = x", "acl_smtp_quit = a \\", "# remark \\",
]  # fmt: skip


def _flat(parts: list[list[str]]) -> list[str]:
    return [line for part in parts for line in part]


def _misspelt(name: str) -> st.SearchStrategy[str]:
    return st.one_of(
        st.integers(0, len(name) - 1).map(lambda at: name[:at] + name[at + 1 :]),
        st.sampled_from(["no_", "not_", "x", "1", "-"]).map(lambda front: front + name),
    )


def _setting(kinds: dict[str, str]) -> st.SearchStrategy[str]:
    names = sorted(set(kinds) - DELICATE)

    def with_value(name: str) -> st.SearchStrategy[str]:
        good = st.sampled_from(VALUES[kinds[name]][:3])
        values = st.one_of(good, good, st.sampled_from(VALUES[kinds[name]]))
        spelling = st.one_of(st.just(name), st.just(name), st.just(name), _misspelt(name))
        return st.tuples(spelling, values).map(" ".join)

    return st.sampled_from(names).flatmap(with_value)


def _driver(section: str, name: str, driver: str) -> st.SearchStrategy[list[str]]:
    kinds = {**GENERIC[section], **DRIVERS[section][driver]}
    needed = [f"  {line}" for line in DRIVER_LINES.get(driver, "").split("\n  ") if line]
    others = st.lists(_setting(kinds).map("  {}".format), max_size=2)
    good = others.map(lambda lines: [f"{name}:", f"  driver = {driver}", *needed, *lines])
    return st.one_of(good, good, good.map(lambda lines: lines[:1] + lines[2:]), good.map(lambda lines: lines[1:]))


def _drivers(section: str) -> st.SearchStrategy[list[str]]:
    one = st.tuples(st.sampled_from(["first", "second", "Third"]), st.sampled_from(sorted(DRIVERS[section])))
    return st.lists(one.flatmap(lambda pair: _driver(section, *pair)), max_size=2).map(_flat)


def _acl() -> st.SearchStrategy[list[str]]:
    lines = st.lists(st.one_of(st.sampled_from(ACL_LINES[:11]), st.sampled_from(ACL_LINES)), max_size=3)
    return st.tuples(st.sampled_from(["check:", "check:", "check", "ck: accept", "X = y"]), lines).map(
        lambda pair: [pair[0], *(f"  {line}" for line in pair[1])]
    )


def _some(lines: list[str], good: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.one_of(st.sampled_from(lines[:good]), st.sampled_from(lines)), max_size=3)


BODIES: dict[str, st.SearchStrategy[list[str]]] = {
    "acl": _acl(),
    "authenticators": _drivers("authenticators"),
    "retry": _some(RETRY_LINES, 6),
    "rewrite": _some(REWRITE_LINES, 4),
    "routers": _drivers("routers"),
    "transports": _drivers("transports"),
}
_HEAD = st.lists(
    st.one_of(st.sampled_from(HEADS[:7]), st.sampled_from(HEADS), _setting(MAIN), _setting(MAIN)), max_size=5
)
_BEGIN = st.sampled_from(["begin {}", "begin {}", "begin {}", "  begin  {}", "BEGIN {}", "begin {}s"])


def _section(name: str) -> st.SearchStrategy[list[str]]:
    return st.tuples(_BEGIN, BODIES[name]).map(lambda pair: [pair[0].format(name), *pair[1]])


CONFIGURATIONS = st.tuples(_HEAD, st.lists(st.sampled_from(sorted(BODIES)).flatmap(_section), max_size=3)).map(
    lambda parts: "\n".join([*parts[0], *_flat(parts[1])]) + "\n"
)
SECTIONS = st.sampled_from(sorted(BODIES)).flatmap(
    lambda name: st.tuples(st.just(name), BODIES[name].map(lambda lines: "\n".join(lines) + "\n"))
)

# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a text is an Exim configuration, judged section by section in Exim's own words. Pure.

What a section must contain is told by the specification of Exim 4.96; the words and the order of the checks come from asking a
real one (tests/engines).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .exim_lines import Complaint, Lines, seconds, section_named, split_name
from .exim_options import DRIVERS, ELSEWHERE, ELSEWHERE_DRIVERS, GENERIC, MAIN

_LISTS = {"domainlist": "domain", "hostlist": "host", "addresslist": "address", "localpartlist": "local part"}
_VERBS = ("accept", "defer", "deny", "discard", "drop", "require", "warn")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CONDITIONS = _words("""
    acl authenticated condition dnslists domains encrypted hosts local_parts ratelimit recipients sender_domains senders
    verify
""") | _words("""
    decode demime dcc dkim_signers dkim_status dmarc_status malware mime_regex regex spam spf spf_guess
""")  # (the latter are of other builds)
_MODIFIERS = _words("""
    add_header continue control delay endpass log_message log_reject_target logwrite message queue remove_header set
    udpsend
""")
_KNOWN = _CONDITIONS | _MODIFIERS
_RETRY_ERROR = re.compile(
    r"\*|auth_failed|lost_connection|tls_required|refused(_MX|_A)?|timeout(_connect)?(_MX|_A)?|timeout_DNS|lookup|"
    r"quota(_(\d+[wdhms])+)?|(mail|rcpt|data)_4(xx|\dx|\d\d)"
)
_REWRITE_FLAGS = set("EFTbcfhrstqQRSw")


def complaint_about(text: str, section: str | None) -> Complaint | None:
    """What Exim says about a configuration, or one section of it; None when it is good.

    :param section: the section that the text is; None for a whole configuration. Lines count from 1 either way.
    """
    named = section_named(section) if section else "main"
    if named is None:
        return Complaint(f'"{section}" is not a known configuration section name', 1)
    lines = Lines(text)
    place: str | None = lines.enter(named)
    try:
        while place:
            _READERS[place](lines)
            place = lines.begin()
    except Complaint as found:
        return found
    return None


def _main(lines: Lines) -> None:
    seen: dict[str, str] = {}
    named: set[tuple[str, str]] = set()
    kinds = {**MAIN, **ELSEWHERE}
    for line in lines.section():
        if line[0].isupper() and line[0].isascii():
            lines.define(line)
            continue
        hidden = re.match(r"hide\s+(?=\w)", line)
        bare = line[hidden.end() :] if hidden else line
        keyword = next((name for name in _LISTS if bare.startswith(name)), None)
        if keyword:
            _named_list(lines, keyword, bare[len(keyword) :], named)
        else:
            lines.setting(line, kinds, seen, 'main option "{}" unknown')


def _named_list(lines: Lines, keyword: str, rest: str, named: set[tuple[str, str]]) -> None:
    if not rest[:1].isspace():
        raise lines.wrong("unrecognized configuration line")
    name, after = split_name(rest)
    if (keyword, name) in named:
        raise lines.wrong(f'duplicate name "{name}" for a named {_LISTS[keyword]} list')
    if not after.startswith("="):
        raise lines.wrong(f"missing '=' after \"{name}\"")
    named.add((keyword, name))


@dataclass
class _Driver:
    """A router, transport or authenticator while it is read."""

    noun: str
    name: str
    options: dict[str, str] = field(default_factory=dict)

    @property
    def driver(self) -> str | None:
        return self.options.get("driver")

    def has(self, *names: str) -> int:
        return sum(name in self.options for name in names)


def _drivers(section: str) -> Callable[[Lines], None]:
    """The reader of a section that consists of drivers with their options."""
    noun = section.removesuffix("s")
    private = {**DRIVERS[section], **ELSEWHERE_DRIVERS[section]}

    def read(lines: Lines) -> None:
        done: list[_Driver] = []
        current: _Driver | None = None
        for line in lines.section():
            name, rest = split_name(line)
            if name[:1].isupper() and rest.startswith("="):
                _finish(current, done)
                current = None
                lines.define(line)
            elif rest.startswith(":"):
                _finish(current, done)
                current = _begun(lines, _Driver(noun, name), rest[1:].strip(), done)
            elif current is None:
                raise lines.wrong(f"{noun} name missing")
            else:
                _option(lines, line, current, GENERIC[section], private)
        _finish(current, done)
        for driver in done if noun == "router" else []:
            _check_transport(driver)

    return read


def _begun(lines: Lines, driver: _Driver, rest: str, done: list[_Driver]) -> _Driver:
    if any(other.name == driver.name for other in done):
        raise Complaint(f'there are two {driver.noun}s called "{driver.name}"')
    if rest:
        raise lines.surplus(rest, f"driver name {driver.name}")
    return driver


def _option(
    lines: Lines, line: str, current: _Driver, generic: dict[str, str], private: dict[str, dict[str, str]]
) -> None:
    if current.driver is not None:
        lines.setting(line, {**generic, **private[current.driver]}, current.options, 'option "{}" unknown')
        return
    unknown = 'option "{}" unknown ("driver" must be specified before any private options)'
    if lines.setting(line, generic, current.options, unknown) == "driver" and current.driver not in private:
        noun, wanted = current.noun, current.options["driver"]
        raise lines.wrong(f'{noun} {current.name}: cannot find {noun} driver "{wanted}"')


def _finish(driver: _Driver | None, done: list[_Driver]) -> None:
    """What each driver checks by itself once all its options are known."""
    if driver is None:
        return
    if driver.driver is None:
        raise Complaint(f'no driver defined for {driver.noun} "{driver.name}"')
    wrong = _incomplete(driver)
    if wrong:
        raise Complaint(wrong, subject=f"{driver.name} {driver.noun}")
    if driver.driver == "lmtp" and driver.has("command", "socket") != 1:
        raise Complaint(f"one (and only one) of command or socket must be set for the {driver.name} transport")
    done.append(driver)


def _incomplete(driver: _Driver) -> str | None:
    has = driver.has
    if driver.driver == "redirect" and has("file", "data") != 1:
        return ("only one" if has("file") else "one") + ' of "file" or "data" must be specified'
    if _on(driver, "allow_filter") and not has("user") and not _on(driver, "check_local_user"):
        return '"user" or "check_local_user" must be set with "allow_filter"'
    if driver.driver == "manualroute" and has("route_list", "route_data") != 1:
        return "route_list or route_data (but not both) must be specified"
    if driver.driver == "queryprogram" and not has("command"):
        return "a command specification is required"
    if driver.driver == "queryprogram" and not has("command_user"):
        return "command_user must be specified"
    if driver.driver == "appendfile" and has("file", "directory") == 2:
        return 'only one of "file" or "directory" can be specified'
    return None


def _on(driver: _Driver, switch: str) -> bool:
    return driver.options.get(switch) == "yes"


def _check_transport(router: _Driver) -> None:
    delivers = router.driver in ("accept", "dnslookup", "ipliteral") and not _on(router, "verify_only")
    if delivers and not router.has("transport"):
        raise Complaint(f"{router.name} router:\n  a transport is required for this router")
    if router.driver == "redirect" and router.has("transport"):
        raise Complaint(f"{router.name} router:\n  a transport must not be defined for this router")


def _acl(lines: Lines) -> None:
    names: set[str] = set()
    inside, verb = False, ""
    for line in lines.section():
        name, rest = split_name(line)
        if name[:1].isupper() and rest.startswith("="):
            lines.define(line)
            inside = False
        elif name and rest.startswith(":"):
            if name in names:
                raise lines.wrong(f'there are two ACLs called "{name}"')
            names.add(name)
            inside, verb = True, ""  # Exim does not look at what stands behind the colon.
        elif not inside:
            raise lines.wrong("missing or malformed ACL name")
        else:
            verb = _statement(lines, line, verb)


def _statement(lines: Lines, line: str, verb: str) -> str:
    """One line of an ACL: a verb, a condition, or both. Returns the verb that it belongs to."""

    def wrong(message: str) -> Complaint:
        return lines.wrong(f"error in ACL: {message}")

    negated = line.startswith("!")
    name, rest = split_name(line[1:] if negated else line)
    if name in _VERBS:
        if negated:
            raise wrong(f'malformed ACL line "{line}"')
        verb = name
        if not rest:
            return verb
        negated = rest.startswith("!")
        name, rest = split_name(rest[1:] if negated else rest)
    elif not verb:
        raise wrong(f'unknown ACL verb "{name}" in "{line}"')
    if name not in _KNOWN:
        raise wrong(f'unknown ACL condition/modifier in "{line}"')
    if negated and name in _MODIFIERS:
        raise wrong(f'ACL error: negation is not allowed with "{name}"')
    if name == "endpass" and verb not in ("accept", "discard"):
        raise wrong(f'ACL error: "{name}" is not allowed with "{verb}"')
    if name == "set":
        rest = _variable(rest, wrong)
    if name != "endpass" and not rest.startswith("="):
        raise wrong(f'"=" missing after ACL "{name}" {"modifier" if name in _MODIFIERS else "condition"}')
    return verb


def _variable(rest: str, wrong: Callable[[str], Complaint]) -> str:
    """What follows the variable that is set."""
    head = f'invalid variable name after "set" in ACL modifier "set {rest}"'
    if not re.match(r"acl_[cm]", rest):
        raise wrong(f'{head} (must start "acl_c" or "acl_m")')
    if not re.match(r"acl_[cm][0-9_]", rest):
        raise wrong(f"{head} (digit or underscore must follow acl_c or acl_m)")
    return split_name(rest)[1]


def _word(text: str) -> tuple[str, str]:
    """A word, which may be quoted, and what follows."""
    found = re.match(r'("(?:[^"\\]|\\.)*"?|\S*)\s*(.*)', text, re.DOTALL)
    return (found[1], found[2]) if found else ("", "")


def _retry(lines: Lines) -> None:
    for line in lines.section():
        error, rules = _word(_word(line)[1])
        if not error:
            raise lines.wrong("missing error type in retry rule")
        if re.match(r"quota_(?!(\d+[wdhms])+\Z)", error):
            raise lines.wrong("bad time value")
        if re.match(r"(mail|rcpt|data)_4(?!(xx|\dx|\d\d)\Z)", error):
            raise lines.wrong(f"{error[:6]} must be followed by xx, dx, or dd, where x is literal and d is any digit")
        if not _RETRY_ERROR.fullmatch(error):
            raise lines.wrong(f'unknown or malformed retry error "{error}"')
        senders = re.match(r"senders\s*=\s*", rules)
        _rules(lines, _word(rules[senders.end() :])[1] if senders else rules)


def _rules(lines: Lines, rules: str) -> None:
    """F,<how long>,<interval> or G or H,<how long>,<interval>,<factor>, with semicolons between."""
    while rules:
        letter, rest = rules[0].upper(), rules[1:]
        if letter not in "FGH":
            raise lines.wrong("unknown retry rule letter")
        given = []
        for _count in range(2 if letter == "F" else 3):
            if not rest.startswith(","):
                raise lines.wrong("comma expected")
            found = re.match(r"\s*([^\s,;]*)\s*", rest[1:])
            given.append(found[1] if found else "")
            rest = rest[1 + (found.end() if found else 0) :]
        factor = re.fullmatch(r"\d+(\.\d*)?", given[-1])
        if not (seconds(given[0]) and seconds(given[1]) and (letter == "F" or (factor and float(factor[0]) >= 1))):
            raise lines.wrong("bad parameters for retry rule")
        if rest and not rest.startswith(";"):
            raise lines.wrong("semicolon expected")
        rules = rest[1:].lstrip()


def _rewrite(lines: Lines) -> None:
    for line in lines.section():
        pattern, rest = _word(line)
        replacement, flags = _word(rest)
        if not replacement:
            raise lines.wrong("missing rewrite replacement string")
        strange = next((flag for flag in flags if flag not in _REWRITE_FLAGS and not flag.isspace()), None)
        if strange:
            raise lines.wrong(
                f"unknown rewrite flag character '{strange}' (could be missing quotes round replacement item)"
            )
        if "S" in flags and not pattern.startswith("^"):
            raise lines.wrong("rewrite rule has the S flag but is not a regular expression")


def _local_scan(lines: Lines) -> None:
    """Exim is not built for it."""
    raise lines.wrong("local_scan() options not supported: (LOCAL_SCAN_HAS_OPTIONS not defined in Local/Makefile)")


_READERS: dict[str, Callable[[Lines], None]] = {
    "main": _main,
    "acl": _acl,
    "authenticators": _drivers("authenticators"),
    "local_scan": _local_scan,
    "retry": _retry,
    "rewrite": _rewrite,
    "routers": _drivers("routers"),
    "transports": _drivers("transports"),
}

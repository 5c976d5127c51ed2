# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""email_default_address: what becomes of mail to addresses of a domain that do not exist."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.handlers_email_forwarders import DEFAULTS, NO_PERSON, default_of
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from . import chance
from .common import ALICE, BOB, DOMAINS, ONE_IS_MISSING, WEAK, forbidding
from .kinds import BACK, READ, Key, Options, Picture, Properties, Row, Scenario, Situation, Subject

OPS = "ops@example.org"


def shown_as(state: Server, domain: str) -> tuple[str, str | None]:
    """Action and what belongs to it, read from the server's text."""
    account = state.accounts[state.domains[domain]]
    text = default_of(state, account, domain).strip('"')
    if text == account.user:
        return ("account", None)
    if text.startswith(":"):
        name, _colon, rest = text[1:].partition(":")
        return (name, rest.strip() or None)
    local, at, host = text.partition("@")
    return ("forward", f"{local}@{host.lower()}") if at and text[0] != "|" else ("other", text)


def _view(box: Box) -> dict[str, Any]:
    return {domain: shown_as(box.state, domain) for domain in (*DOMAINS, BOB, WEAK) if domain in box.state.domains}


# ---- tasks at random

_targets = st.sampled_from([OPS, "Ops@EXAMPLE.ORG", "ops@EXAMPLE.org"])
_tasks = st.one_of(
    st.fixed_dictionaries({"domains": chance.domains, "action": st.sampled_from(["account", "blackhole", "fail"])}),
    st.fixed_dictionaries(
        {"domains": chance.domains, "action": st.just("fail"), "fail_message": st.sampled_from(["Gone", " Not here "])}
    ),
    st.fixed_dictionaries({"domains": chance.domains, "action": st.just("forward"), "destination": _targets}),
)
_stored = st.sampled_from(
    ['":fail: No Such User Here"', ":fail: Gone", '":fail: Not here"', ":blackhole:", OPS, "ops@Example.org", '"|/home/a/x -y"', "|/home/a/x"]
)  # fmt: skip


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    for domain in state.domains:
        yield ("default", domain), shown_as(state, domain)


def _agrees(domain: str, row: Row, shown: Picture) -> bool:
    found = shown.get(("default", domain))
    if found is None:
        return row["action"] is None
    return found == (row["action"], row["destination"] or row["message"])


def _reached(domain: str, options: Options, shown: Picture) -> bool:
    action, rest = shown[("default", domain)]
    if action != options["action"]:
        return False
    if action == "forward":
        local, _at, host = options["destination"].partition("@")
        return bool(rest == f"{local}@{host.lower()}")
    return "fail_message" not in options or bool(rest == options["fail_message"].strip())


SUBJECT = Subject(
    situations=(
        Situation({"domains": [ALICE, BOB], "action": "fail"}),
        Situation({"domains": [ALICE], "action": "forward", "destination": OPS}, check_mode=True),
        Situation({"domains": ONE_IS_MISSING, "action": "account"}, True),
        Situation({"domains": [ALICE], "action": "fail", "api_batch_size": 1}, True, forbidding("uapi_cpanel")),
        Situation({"domains": [], "action": "fail"}),
        Situation({"domains": [ALICE], "action": "forward"}, True),
    ),
    sends=(
        Situation({"domains": [WEAK], "action": "fail", "fail_message": "Nobody here"}),
        Situation({"domains": [BOB, "carol.example.net"], "action": "account"}),
        Situation({"domains": [BOB], "action": "blackhole"}),
        Situation({"domains": ONE_IS_MISSING, "action": "fail", "ignore_missing": True}),
    ),
    scenarios=(
        Scenario(
            "email_default_address",
            {DEFAULTS: {DOMAINS[0]: OPS}},
            {"domains": list(DOMAINS), "action": "fail", "fail_message": NO_PERSON},
            _view,
            DOMAINS,
            "alice",
            owner="alice",
            lenient=(READ, BACK),
            more=(
                {"domains": [ALICE], "action": "forward", "destination": "ann@example.org", "ignore_missing": True},
                {"domains": [ALICE], "action": "blackhole"},
            ),
        ),
    ),
    opposites=(
        {"domains": [ALICE, BOB], "action": "fail", "fail_message": "Gone"},
        {"domains": [ALICE, BOB], "action": "account"},
    ),
    properties=Properties(
        "email_default_address",
        tasks=_tasks,
        changes=chance.some(_stored, chance.NAMES).map(lambda found: {DEFAULTS: found}),
        picture=_picture,
        keys=lambda domain: [("default", domain)],
        agrees=_agrees,
        reached=_reached,
        unforeseen=("message", "diff"),
    ),
    hostile=(
        {"domains": [ALICE, BOB], "action": "fail", "destination": None, "fail_message": None, "ignore_missing": False},
    ),
    hostile_keys=("domain", "defaultaddress", "uapi", "data", "acct", "user"),
)

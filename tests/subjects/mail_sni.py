# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mail_sni: whether mail services show a domain's own certificate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.tests.simulator.box import Box
from ansible_collections.whm.mail.tests.simulator.handlers_sni import always_on
from ansible_collections.whm.mail.tests.simulator.state import Server
from hypothesis import strategies as st

from . import chance
from .common import ALICE, BOB, DAVE, DOMAINS, ONE_IS_MISSING, all_domains, forbidding
from .kinds import Key, Properties, Scenario, Situation, Subject

#: A server that does not yet show every certificate by itself.
OLD = {"version": "11.58.0.4", "mail_sni": {"enabled": [BOB]}}


def old(box: Any) -> None:
    box.patch(OLD)


def _stuck(box: Any) -> None:
    box.patch({**OLD, "mail_sni": {"enabled": [ALICE, BOB]}})
    forbidding("disable_mail_sni")(box)


def _for_dave(box: Any) -> None:
    box.patch({**OLD, "mail_sni": {"enabled": [DAVE]}})


# ---- where its effect is seen


def _view(box: Box) -> dict[str, Any]:
    return {domain: domain in box.state.areas["mail_sni"].enabled for domain in (*DOMAINS, BOB)}


def _picture(state: Server, folder: Path) -> Iterator[tuple[Key, Any]]:
    sni = state.areas["mail_sni"]
    for domain in all_domains(state):
        yield ("sni", domain), domain in sni.enabled or always_on(state)
    yield ("sni files", ""), (tuple(sorted(sni.built)), sni.rebuilds)


# ---- tasks at random

_tasks = st.one_of(
    st.fixed_dictionaries(
        {"domains": chance.domains},
        optional={
            "state": st.sampled_from(["enabled", "disabled"]),
            "rebuild": st.booleans(),
            "reload_dovecot": st.booleans(),
        },
    ),
    st.just({"rebuild": True}),
)
_changes = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from(["11.54.0.1", "58.0.4", "11.138.0.6"]),
        "mail_sni": st.fixed_dictionaries(
            {"enabled": st.lists(st.sampled_from(chance.NAMES)), "rebuild_fails": st.booleans()}
        ),
    },
)

_PROPERTIES = Properties(
    "mail_sni",
    tasks=_tasks,
    changes=_changes,
    picture=_picture,
    keys=lambda domain: [("sni", domain)],
    agrees=lambda domain, row, shown: row["enabled"] == shown["sni", domain],
    reached=lambda domain, options, shown: shown["sni", domain] is (options.get("state") != "disabled"),
    beside=lambda options: ("sni files",),
    acts=lambda options: bool(options.get("rebuild")),
)

SUBJECT = Subject(
    situations=(
        Situation({"domains": [ALICE]}),
        Situation({"domains": [ALICE]}, check_mode=True, prepare=old),
        Situation({"domains": [ALICE, "x.example"]}, True, old),
        Situation({"domains": [ALICE, BOB], "state": "disabled", "rebuild": True}, True),
        Situation({"domains": [ALICE, BOB], "state": "disabled"}, True, _stuck),
        Situation({"domains": [BOB, "carol.example.net"], "state": "disabled"}, prepare=old),
        Situation({"domains": [BOB, "carol.example.net"]}, prepare=old),
    ),
    sends=(
        Situation({"domains": [ALICE], "rebuild": True}),
        Situation({"domains": [ALICE, BOB], "rebuild": True}, check_mode=True),
        Situation({"domains": [ALICE, BOB]}, prepare=_for_dave),
        Situation({"domains": [DAVE], "state": "disabled", "reload_dovecot": False}, prepare=_for_dave),
        Situation({"domains": ONE_IS_MISSING, "ignore_missing": True}),
    ),
    scenarios=(
        Scenario(
            "mail_sni",
            {"version": "11.54.0.1"},
            {"domains": list(DOMAINS)},
            _view,
            DOMAINS,
            DOMAINS[0],
            owner="alice",
            more=(
                {"domains": list(DOMAINS), "state": "disabled"},
                {"rebuild": True, "reload_dovecot": False},
            ),
        ),
    ),
    opposites=(
        {"domains": [ALICE, BOB]},
        {"domains": [ALICE, BOB], "state": "disabled"},
    ),
    properties=_PROPERTIES,
)

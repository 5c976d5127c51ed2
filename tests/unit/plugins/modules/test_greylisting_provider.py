# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import NotFound, UnexpectedAnswer
from ansible_collections.whm.mail.plugins.modules import greylisting_provider
from ansible_collections.whm.mail.tests.subjects.greylisting import NEW
from ansible_collections.whm.mail.tests.unit.plugins.builders import ok, scripted
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by

TRUST = "cpgreylist_trust_entries_for_common_mail_provider"
UNTRUST = "cpgreylist_untrust_entries_for_common_mail_provider"
SAVE = "cpgreylist_save_common_mail_providers_config"


def params(providers: list[str], **given: Any) -> dict[str, Any]:
    return greylisting_provider.check({"providers": providers, "trusted": None, "autotrust": None, **given})


def state(trusted: bool, autotrust: bool, new: bool = False) -> dict[str, Any]:
    return {"display_name": "A", "trusted": trusted, "autotrust": autotrust, NEW: new}


PLANS = [
    # name, present state, options, calls
    ("nothing to do", {"a": state(True, False)}, params(["a"], trusted=True, autotrust=False), []),
    ("trust", {"a": state(False, False)}, params(["a"], trusted=True), [(TRUST, {"provider": "a"})]),
    ("no trust", {"a": state(True, False)}, params(["a"], trusted=False), [(UNTRUST, {"provider": "a"})]),
    ("the server's switch goes along", {"a": state(True, False)}, params(["a"], autotrust=True), [(SAVE, {NEW: False, "a": True})]),
    (
        "both, of two",
        {"a": state(True, True, True), "b": state(False, True, True)},
        params(["a", "b"], trusted=False, autotrust=False),
        [(UNTRUST, {"provider": "a"}), (SAVE, {NEW: True, "a": False}), (SAVE, {NEW: True, "b": False})],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("current", "options", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], options: dict[str, Any], calls: list[Any]) -> None:
    made = greylisting_provider.plan(current, options)
    assert [(step.call.function, step.call.params) for step in made.steps] == calls
    assert not greylisting_provider.plan(made.after, options).steps


@pytest.mark.parametrize("new", [True, False])
def test_it_converges_and_leaves_the_servers_switch_alone(run: Any, box: Any, new: bool) -> None:
    box.patch({"greylisting": {"new_providers": new}})
    greylist = box.state.areas["greylisting"]
    options = {"providers": ["google", "sectigo"], "trusted": False, "autotrust": False}
    predicted = run("greylisting_provider", check_mode=True, **options)
    assert not box.log.writes()
    result = run("greylisting_provider", **options)
    assert result == predicted
    assert result["providers"] == [
        {"provider": "google", "display_name": "Google", "trusted": False, "autotrust": False, "changed": True},
        {
            "provider": "sectigo",
            "display_name": "Comodo/Sectigo",
            "trusted": False,
            "autotrust": False,
            "changed": True,
        },
    ]
    assert result["diff"]["after"]["google"] == {"trusted": False, "autotrust": False}
    assert greylist.new_providers is new
    assert greylist.providers["cpanel"].trusted
    box.log.clear()
    again = run("greylisting_provider", **options)
    assert not again["changed"]
    assert len(box.log) == 1


@pytest.mark.parametrize("quirk", ["greylist_maps", "string_numbers", "translated"])
@pytest.mark.parametrize("trusted", [True, False])
def test_servers_that_differ(run_https: Any, box: Any, quirk: str, trusted: bool) -> None:
    box.patch({"greylisting": {"providers": {"google": {"trusted": not trusted}}}})
    box.quirks.add(quirk)
    result = run_https("greylisting_provider", provider="google", trusted=trusted)
    assert result["changed"]
    assert "warnings" not in result
    assert box.state.areas["greylisting"].providers["google"].trusted is trusted


def test_what_was_as_wanted_and_is_not_any_more_is_noticed(run_https: Any, box: Any) -> None:
    asked: list[str] = []

    def before(caller: str, function: str, args: Any) -> None:
        asked.append(function)
        if len(asked) == 2:
            box.patch({"greylisting": {"providers": {"google": {"autoupdate": False}}}})

    box.before = before
    result = run_https("greylisting_provider", provider="google", trusted=False, autotrust=True)
    box.before = lambda *given: None
    assert asked[1] == UNTRUST
    assert result["error"]["kind"] == "not_effective"
    assert "found trusted: False, autotrust: False" in result["msg"]


def test_an_unknown_provider_fails_by_itself(run: Any, box: Any) -> None:
    result = run("greylisting_provider", providers=["gogle", "google"], trusted=False)
    rows = by("provider", result["providers"])
    assert rows["gogle"]["error"]["kind"] == "not_found"
    assert rows["gogle"]["error"]["reason"] == "there is no provider gogle; the server knows cpanel, google, sectigo"
    assert "gogle" in result["msg"]
    assert rows["google"]["changed"]
    assert result["progress"] == {"done": ["google"], "failed": ["gogle"], "not_tried": []}


def test_no_providers_send_nothing(run: Any, box: Any) -> None:
    result = run("greylisting_provider", providers=[], trusted=True)
    assert (result["changed"], result["providers"], len(box.log)) == (False, [], 0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"providers": ["google"]}, "Neither trusted nor autotrust is given: say what the providers should be."),
        ({"providers": [" "], "trusted": True}, "providers: a key is empty"),
        ({"providers": [NEW], "autotrust": True}, f"providers: {NEW} is no provider but the server's switch"),
    ],
)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], says: str) -> None:
    result = run_https("greylisting_provider", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert says in result["msg"]
    assert len(box.log) == 0


def provider(key: str = "google", **fields: Any) -> dict[str, Any]:
    row = {"autoupdate": 1, "display_name": "Google", "is_trusted": 1, **fields}
    return ok({NEW: 1, "common_mail_providers": {key: row}})


@pytest.mark.parametrize("part", ["providers_failed", "providers_untrusted"])
def test_a_reason_in_either_map_counts_where_the_state_says_so(part: str) -> None:
    """The maps are documented the wrong way round: the state decides, and the reason is a warning or the error."""
    steps = greylisting_provider.plan({"google": state(True, True)}, params(["google"], trusted=False)).steps
    verdict = steps[0].verdict
    assert verdict
    client, _script, _pauses = scripted(
        ok({part: {"google": "It rained.", "other": "No."}}), ok({part: {"google": {"ips_untrusted": "2"}}})
    )
    assert verdict(client.call("x")).doubt == "It rained."
    assert not verdict(client.call("x")).doubt


def test_what_is_wanted_must_be_told() -> None:
    client, _script, _pauses = scripted(provider(is_trusted="perhaps"), provider(is_trusted="perhaps"))
    found = greylisting_provider.read(client, params(["google"], trusted=True))["google"]
    assert isinstance(found, UnexpectedAnswer)
    found = greylisting_provider.read(client, params(["google"], autotrust=False))["google"]
    assert found == {"display_name": "Google", "trusted": None, "autotrust": True, NEW: True}


def test_a_switch_that_cannot_be_kept_is_not_guessed() -> None:
    """It would become true without a word."""
    client, _script, _pauses = scripted(ok({"common_mail_providers": {"google": {"autoupdate": 1, "is_trusted": 1}}}))
    found = greylisting_provider.read(client, params(["google"], autotrust=False))["google"]
    assert isinstance(found, UnexpectedAnswer)
    assert NEW in found.reason


def test_an_empty_list_is_an_empty_map() -> None:
    client, _script, _pauses = scripted(ok({NEW: 1, "common_mail_providers": []}))
    found = greylisting_provider.read(client, params(["google"], trusted=True))["google"]
    assert isinstance(found, NotFound)
    assert found.reason == "there is no provider google; the server knows none"


def test_facts_tell_the_same(run_https: Any, box: Any) -> None:
    box.patch({"greylisting": {"new_providers": False, "providers": {"google": {"trusted": False}}}})
    facts = run_https("mail_facts", gather_subset=["greylisting"])["ansible_facts"]["whm_mail"]
    found = greylisting_provider.from_facts(facts, params(["google", "nosuch"], trusted=True))
    assert found["google"] == {"display_name": "Google", "trusted": False, "autotrust": True, NEW: False}
    assert isinstance(found["nosuch"], NotFound)

# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError
from ansible_collections.whm.mail.plugins.modules import default_dmarc
from ansible_collections.whm.mail.plugins.modules.default_dmarc import from_facts, plan
from ansible_collections.whm.mail.tests.subjects.default_dmarc import BUILT_IN, REJECT

NONE_SET = {"record": None, "built_in": True}


def state(record: str) -> dict[str, Any]:
    return {"record": record, "built_in": record == BUILT_IN}


PLANS = [
    # present state, record, what is sent
    (state(REJECT), REJECT, None),
    (state(REJECT), "v=DMARC1;p=Reject;", None),
    (state(BUILT_IN), REJECT, REJECT),
    (NONE_SET, REJECT, REJECT),
    (NONE_SET, "", None),
    (state(BUILT_IN), "", None),
    (state(REJECT), "", ""),
    (NONE_SET, BUILT_IN, BUILT_IN),
]


@pytest.mark.parametrize(("current", "record", "sent"), PLANS)
def test_plan(current: dict[str, Any], record: str, sent: str | None) -> None:
    steps = plan({"": current}, {"record": record}).steps
    assert [step.call.params for step in steps] == ([] if sent is None else [{"record": sent}])


@pytest.mark.parametrize("empty", [False, True])
def test_there_and_back(run: Any, box: Any, empty: bool) -> None:
    if empty:
        box.quirks.add("default_dmarc_empty")
    before = None if empty else BUILT_IN
    predicted = run("default_dmarc", check_mode=True, record=REJECT)
    assert not box.log.writes()
    done = run("default_dmarc", record=REJECT)
    assert done == predicted
    assert (done["record"], done["built_in"], done["changed"]) == (REJECT, False, True)
    assert done["diff"] == {"before": {"record": before}, "after": {"record": REJECT}}
    assert run("default_dmarc", record="v=DMARC1;p=reject")["changed"] is False
    back = run("default_dmarc", record="")
    assert (back["record"], back["built_in"], back["changed"]) == (before, True, True)
    assert run("default_dmarc", record=" ")["changed"] is False


@pytest.mark.parametrize(
    ("record", "text"), [("p=none", "record: p=none cannot be used: it does not begin"), ("v=DMARC1", "it has no p=")]
)
def test_bad_input_is_refused_before_anything_is_sent(run_https: Any, box: Any, record: str, text: str) -> None:
    result = run_https("default_dmarc", record=record)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_an_old_server_is_named(run: Any, box: Any) -> None:
    box.patch({"missing_functions": ["get_default_dmarc_record", "set_default_dmarc_record"]})
    assert run("default_dmarc", record=REJECT)["error"]["kind"] == "unsupported"


def test_facts_tell_the_same(run_https: Any, box: Any) -> None:
    for record in ("", REJECT):
        box.patch({"default_dmarc": record})
        facts = run_https("mail_facts", gather_subset=["server"])["ansible_facts"]["whm_mail"]
        told = from_facts(facts, {"record": REJECT})[""]
        assert not isinstance(told, WhmError)
        assert plan({"": told}, {"record": REJECT}).changed is bool(record != REJECT)
    assert isinstance(from_facts({"server": {"default_dmarc": None}}, {"record": ""})[""], WhmError)
    assert default_dmarc.MODULE.from_facts is from_facts

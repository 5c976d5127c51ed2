# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What README and guides tell a reader to write and to type is run: all YAML in check mode, an outbreak step by step for real."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import open_store
from ansible_collections.whm.mail.plugins.plugin_utils._store.ledger import Ledger
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import place_of
from ansible_collections.whm.mail.tests.simulator import STATES, Simulator
from ansible_collections.whm.mail.tests.simulator.loading import load_server

from .conftest import ANSIBLE_PLAYBOOK, CHECKOUT, environment
from .test_examples import WORLD

PAGES = [CHECKOUT / "README.md", *sorted(CHECKOUT.glob("docs/*.md")), *sorted(CHECKOUT.glob("roles/*/README.md"))]

# The modules of this page are for its reader to write.
PAGES.remove(CHECKOUT / "docs/how-a-module-works.md")

# What the pages take for given, beside what test_examples has.
EARLIER = {"whm_containment": {"incident": "spring"}, "held": []}  # an artifact of an earlier job, a result of a task

CONTAINED = {
    "accounts": {"alice": {"mailboxes": {"info": {"folders": {"INBOX": 1, "INBOX.Trash": 1, "INBOX.Junk": 1}}}}}
}


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page, those in lists too."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def snippets() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for number, text in enumerate(blocks(page, "yaml"), 1):
            yield f"{page.relative_to(CHECKOUT)}, {number}", text


def is_state(text: str) -> bool:
    """Whether a snippet describes servers for the simulator."""
    return text.startswith("servers:")


def playbook(text: str, ca_path: str, whmapi1: str) -> list[dict[str, Any]]:
    """A snippet as something to run: a playbook is one, tasks and variables are put into a play."""
    read = yaml.safe_load(text.replace("/etc/ssl/our-ca.pem", ca_path))
    play = {"hosts": "whm_servers", "gather_facts": False}
    if "transport: cli" in text:  # on the server itself, where the test is root already
        here = {"connection": "elsewhere", "become": False}
        return [{**each, **here, "module_defaults": {"group/whm.mail.whm": {"whmapi1_path": whmapi1}}} for each in read]
    if isinstance(read, list):
        return read if "hosts" in read[0] else [{**play, "tasks": read}]
    if all(name.startswith("whm_") for name in read):
        return [{**play, "vars": read, "tasks": [{"whm.mail.server_info": None}]}]
    roles = {name.partition("_")[0] for name in read}
    assert roles <= {"policy", "audit", "containment"}, f"neither a play, nor tasks, nor variables of a role: {text}"
    wanted = sorted(roles | {"audit"} if "policy" in roles else roles)
    tasks = [{"ansible.builtin.import_role": {"name": f"whm.mail.{role}"}} for role in wanted]
    return [{**play, "vars": {"containment_criteria": ["recipients"], **read}, "tasks": tasks}]


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(STATES / "tests.yml") as simulator:
        yield simulator


def test_all_playbooks_of_the_pages_run_in_check_mode(sim: Simulator, tmp_path: Path) -> None:
    box = sim["whm1"]
    box.patch({"accounts": {"alice": None}})
    box.patch(WORLD)
    box.patch(CONTAINED)
    found = {place: text for place, text in snippets() if not is_state(text)}
    whmapi1 = str(sim.cli_dir("whm1") / "whmapi1")
    files = []
    for number, text in enumerate(found.values()):
        file = tmp_path / f"{number:02}.yml"
        file.write_text(json.dumps(playbook(text, str(sim.ca_path), whmapi1)), encoding="utf-8")
        files.append(str(file))
    (tmp_path / "whm-audit").mkdir()
    (tmp_path / "whm-audit/audit.json").write_text('{"servers": []}', encoding="utf-8")
    (tmp_path / "inventory").write_text(f"[whm_servers]\nwhm1 ansible_host={box.host}\n", encoding="utf-8")
    env = {"WHM_PORT": str(box.port), "WHM_API_TOKEN": box.token, "WHM_CA_PATH": str(sim.ca_path)}
    here = {"audit_folder": str(tmp_path / "audit"), "containment_folder": str(tmp_path / "containment")}
    given = [
        "-i",
        "inventory",
        "--check",
        "--diff",
        "-e",
        json.dumps({**EARLIER, **here, "vault_whm_api_token": box.token}),
        *files,
    ]
    assert type_in(tmp_path, given, env).count("PLAY RECAP") == len(found) > 10
    assert box.log.writes() == []


def test_states_for_the_simulator_are_taken() -> None:
    states = [yaml.safe_load(text)["servers"] for _place, text in snippets() if is_state(text)]
    for name, state in ((name, state) for servers in states for name, state in servers.items()):
        assert load_server(name, state).accounts.keys() == state["accounts"].keys()


def type_in(folder: Path, arguments: list[str], env: dict[str, str]) -> str:
    """Run ansible-playbook in the folder, as somebody would type it; what it printed."""
    argv, full = [str(ANSIBLE_PLAYBOOK), *arguments], {**environment(folder), **env}
    done = subprocess.run(argv, env=full, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout[-3000:]}{done.stderr[-1000:]}"
    return done.stdout


# Commands ---------------------------------------------------------------------------------------------------------------------


def commands(page: Path) -> list[list[str]]:
    """The calls of ansible-playbook on a page, as words; not those of the kit for AWX, which tests/controller looks at."""
    lines = "\n".join(blocks(page, "console")).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if re.match(r'ansible-playbook (?!"\$kit/)', line)]


def of_playbooks() -> list[list[str]]:
    """Those in the comments at the beginning of the playbooks."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((CHECKOUT / "playbooks").glob("*.yml"))]
    lines = [line for text in texts for line in re.findall(r"^# +(ansible-playbook .*)$", text, re.MULTILINE)]
    return [shlex.split(line, comments=True) for line in lines]


def known_variables() -> set[str]:
    specs = [
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in CHECKOUT.glob("roles/*/meta/argument_specs.yml")
    ]
    return {name for spec in specs for entry in spec["argument_specs"].values() for name in entry["options"]}


def test_commands_of_the_pages_name_what_there_is() -> None:
    found = [*(words for page in PAGES for words in commands(page)), *of_playbooks()]
    assert len(found) > 20
    books = {f"whm.mail.{path.stem}" for path in (CHECKOUT / "playbooks").glob("*.yml")} | {"playbook.yml"}
    tags = {tag for task in _policy_tasks() for tag in task["tags"]}
    for words in found:
        assert words[:3] == ["ansible-playbook", "-i", "inventory"], words
        assert words[3] in books, words
        rest = iter(words[4:])
        for word in rest:
            assert word in ("--check", "--diff", "--limit", "--tags", "-e"), words
            value = "" if word in ("--check", "--diff") else next(rest)
            if word == "-e":
                names = json.loads(value) if value.startswith("{") else [value.partition("=")[0]]
                assert set(names) <= known_variables(), words
            assert word != "--tags" or value in tags, words


def _policy_tasks() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((CHECKOUT / "roles/policy/tasks/main.yml").read_text(encoding="utf-8"))
    return found


def test_an_outbreak_step_by_step(tmp_path: Path) -> None:
    """All commands of the guide, in its order, from one folder, as somebody would type them."""
    page = CHECKOUT / "docs/spam-outbreak.md"
    with Simulator(STATES / "demo.yml") as demo:
        boxes = demo.boxes.values()
        lines = [
            f"{box.name} ansible_host={box.host} whm_api_port={box.port} whm_api_token={box.token}" for box in boxes
        ]
        (tmp_path / "inventory").write_text("\n".join(["[whm_servers]", *lines, ""]), encoding="utf-8")
        carla = demo["whm1"].state.accounts["carla"]
        held: list[bool] = []
        printed: list[str] = []
        for words in commands(page):
            printed.append(type_in(tmp_path, words[1:], {"WHM_CA_PATH": str(demo.ca_path)}))
            held.append(carla.hold is not None)
    assert held == [False, True, False, False, False, False]
    (shown,) = [text for text in blocks(page, "text") if "carla would be held" in text]
    (sentence,) = re.findall(r'"(carla would be held: .*?)[.,;(]', shown)
    assert sentence in printed[0]
    store = open_store(place_of("whm_store", "", {}, tmp_path / "whm-containment"))
    assert [(entry["user"], entry["status"]) for entry in Ledger(store).entries()] == [("carla", "released")]
    (look,) = [text for text in blocks(page, "yaml") if "include_evidence" in text]
    incident = next(word for words in commands(page) for word in words if word.startswith("containment_incident="))
    assert incident.partition("=")[2] in look
    (tmp_path / "look.yml").write_text(look, encoding="utf-8")
    assert "=> (item=whm1, carla)" in type_in(tmp_path, ["-i", "inventory", "look.yml"], {})
    assert (tmp_path / "whm-audit/audit.html").is_file()

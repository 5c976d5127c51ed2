# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that a run leaves, searched for every secret that it used.

What it prints at -vvvv with diffs and tracebacks, the results that callbacks get, the log, the facts cache, retry files, files of
async jobs, temporary files that Ansible was told to keep, the URLs and command lines that the server saw, and the list of
processes while the server is asked. Given were tokens as task option, module default, environment variable, file that is a vault
and variable that is one, a password, and DKIM keys; some of them come back inside the server's own error texts.
"""

from __future__ import annotations

import json
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.whm.mail.tests.simulator import Box, Fault, Simulator
from ansible_collections.whm.mail.tests.simulator.mail_dns import key_for, pool_key

from .conftest import Play, Played
from .test_dkim_key_secrets import secret_lines
from .test_secrets import SECRETS, SPLIT, VAULT_PASSWORD, WRONG, failing, forms

Task = dict[str, Any]
INLINE = "INLINEQ7Z1V9K3M5"
KEYS = {"given key": pool_key(21), "present key": key_for("alice.example.com")}
INPUTS = {"play.yml", "inventory.yml", "vaulted.yml", "variables.yml", "vault-password"}

FORMS = {
    **{name: forms(name, secret) for name, secret in SECRETS.items()},
    "inline": forms("inline", INLINE),
    "wrong": forms("inline", WRONG),
    "split": forms("inline", SPLIT),
    "vault password": forms("vault", VAULT_PASSWORD),
    **{name: secret_lines(pem) for name, pem in KEYS.items()},
}


class Processes:
    """What everybody on the machine can see of its processes, looked at whenever the server is asked something."""

    def __init__(self, box: Box) -> None:
        self.commands: set[str] = set()
        self.environments: set[str] = set()
        self.modes: set[int] = set()
        box.before = self.look

    def look(self, caller: str, function: str, args: Any) -> None:
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it ended meanwhile
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                self.commands.add(command)
                if "/whmapi1 " in command:
                    self.environments.add((folder / "environ").read_bytes().decode("utf-8", "replace"))
                if "ansible" in command or "whmapi1" in command:
                    self.modes.add(stat.S_IMODE((folder / "environ").stat().st_mode))


class Leavings:
    """Runs plays on whm1 so that they leave as much as they can, and finds it all."""

    def __init__(self, play: Play, sim: Simulator, folder: Path) -> None:
        self.play, self.sim, self.folder = play, sim, folder
        self.box = sim["whm1"]
        self.processes = Processes(self.box)
        self._write_variables()

    def _write_variables(self) -> None:
        vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
        (self.folder / "vaulted.yml").write_bytes(vault.encrypt(json.dumps({"vaulted": SECRETS["byvault"]})))
        inline = vault.encrypt(INLINE).decode().replace("\n", "\n  ")
        text = f"inline: !vault |\n  {inline}\ngiven_key: {json.dumps(KEYS['given key'])}\n"
        (self.folder / "variables.yml").write_text(text, encoding="utf-8")
        (self.folder / "vault-password").write_text(VAULT_PASSWORD, encoding="utf-8")

    def run(self, tasks: list[Task]) -> Played:
        env = {
            "WHM_USERNAME": "byenvironment",
            "WHM_API_TOKEN": SECRETS["byenvironment"],
            "WHM_PORT": str(self.box.port),
            "ANSIBLE_LOG_PATH": self.path("log"),
            "ANSIBLE_KEEP_REMOTE_FILES": "1",
            "ANSIBLE_CACHE_PLUGIN": "jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": self.path("facts"),
            "ANSIBLE_RETRY_FILES_ENABLED": "1",
            "ANSIBLE_RETRY_FILES_SAVE_PATH": self.path("retry"),
            "ANSIBLE_CALLBACKS_ENABLED": "collect,ansible.builtin.junit",
            "JUNIT_OUTPUT_DIR": self.path("junit"),
            "JUNIT_HIDE_TASK_ARGUMENTS": "1",  # else it writes down what stands in the playbook
            "ANSIBLE_DISPLAY_TRACEBACK": "always",
        }
        defaults = {
            "api_host": self.box.host,
            "ca_path": str(self.sim.ca_path),
            "whmapi1_path": str(self.sim.cli_dir("whm1") / "whmapi1"),
        }
        return self.play(
            tasks,
            "-vvvv",
            "--diff",
            "--vault-password-file",
            self.path("vault-password"),
            hosts="whm1",
            env=env,
            vars={"ansible_connection": "local"},
            vars_files=[self.path("vaulted.yml"), self.path("variables.yml")],
            module_defaults={"group/whm.mail.whm": defaults},
        )

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def texts(self, played: Played) -> dict[str, str]:
        """Where to what is there. Below the play's own folder, which has a number for a name, nothing is left out either."""
        texts = {
            "stdout": played.stdout,
            "stderr": played.stderr,
            "results": json.dumps(played.lines, ensure_ascii=False),
        }
        texts["urls"] = "\n".join(entry.url for entry in self.box.log)
        texts["processes"] = "\n".join(self.processes.commands)
        texts["environment of whmapi1"] = "\n".join(self.processes.environments)
        for path in self.files():
            texts[str(path.relative_to(self.folder))] = path.read_bytes().decode("utf-8", "replace")
        return texts

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file() and path.name not in INPUTS]


def leaks(texts: dict[str, str]) -> set[tuple[str, str]]:
    """(where, whose) for every secret found."""
    return {(where, name) for where, text in texts.items() for name in FORMS for form in FORMS[name] if form in text}


@pytest.fixture
def leavings(play: Play, sim: Simulator, tmp_path: Path) -> Leavings:
    box = sim["whm1"]
    tokens = {**{name: secret for name, secret in SECRETS.items() if name != "bypassword"}, "inline": INLINE}
    callers = {name: {"token": token, "privileges": ["all"]} for name, token in tokens.items()}
    callers["bypassword"] = {"password": SECRETS["bypassword"], "privileges": ["all"]}
    box.patch({"callers": callers})
    box.quirks.add("no_lockout")
    return Leavings(play, sim, tmp_path)


WAYS: dict[str, Task] = {
    "bytask": {"api_username": "bytask", "api_token": SECRETS["bytask"]},
    "bypassword": {"api_username": "bypassword", "api_token": "", "api_password": SECRETS["bypassword"]},
    "byvault": {"api_username": "byvault", "api_token": "{{ vaulted }}"},
    "inline": {"api_username": "inline", "api_token": "{{ inline }}"},
    "byenvironment": {},
}
DOMAIN = "alice.example.com"
GIVEN_KEY = {"keys": [{"domain": DOMAIN, "private_key": "{{ given_key }}"}]}


def each_way(way: str, given: Task, **more: Any) -> list[Task]:
    """Success, failure, and the server's own words with the secret in them. In which process: ``more`` says."""
    secret = (
        given.get("api_password") or given.get("api_token") or "{{ lookup('ansible.builtin.env', 'WHM_API_TOKEN') }}"
    )
    return [
        failing(f"{way}: facts", "mail_facts", {**given, "gather_subset": ["accounts", "auth"], **more}),
        failing(f"{way}: change", "outgoing_mail", {**given, "users": ["alice", "nosuch"], "hold": True, **more}),
        failing(f"{way}: echo", "api", {**given, "function": "is_role_enabled", "params": {"role": secret}, **more}),
        failing(f"{way}: key", "dkim_key", {**given, **GIVEN_KEY, **more}),
        failing(f"{way}: read keys", "dkim_key_info", {**given, "domains": [DOMAIN], **more}),
    ]


def trouble(connection: Task) -> list[Task]:
    """What ends in an error, an exception or a traceback."""
    return [
        failing("refused", "account_info", {**connection, "api_token": WRONG}),
        failing("no token", "account_info", {**connection, "api_token": SPLIT}),
        failing("unreachable", "dkim_key", {**connection, **GIVEN_KEY, "api_port": 1, "api_retries": 0}),
        failing("too slow", "mail_queue_info", connection, timeout=1),
    ]


IN_PROCESS = [
    *[task for way, given in WAYS.items() for task in each_way(way, given)],
    {
        "name": "By default",
        "module_defaults": {
            "whm.mail.account_info": {"api_username": "bydefaults", "api_token": SECRETS["bydefaults"]}
        },
        "block": [failing("bydefaults: read", "account_info", {"user": "alice"}, register="read")],
    },
    {"name": "Keep", "ansible.builtin.set_fact": {"kept": "{{ read }}", "cacheable": True}},
    *trouble(WAYS["bytask"]),
]


def test_a_run_in_the_controllers_process_leaves_no_secret(leavings: Leavings) -> None:
    leavings.box.faults.add(Fault("stall_before", function="fetch_mail_queue", seconds=5))
    played = leavings.run(
        [*IN_PROCESS, {"name": "The end", "whm.mail.outgoing_mail": {"user": "nosuch", "hold": True}}]
    )
    assert leaks(leavings.texts(played)) == set()
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in played.stdout
    assert "is not a valid role" in played.result("byenvironment: echo")["msg"]
    assert all(played.result(f"{way}: facts")["ansible_facts"] for way in WAYS)
    assert played.result("bytask: key")["changed"]
    assert "imed out" in played.result("too slow")["msg"] or "timeout" in played.result("too slow")["msg"]
    names = {str(path.relative_to(leavings.folder)).partition("/")[0] for path in leavings.files()}
    assert {"log", "facts", "junit", "retry"} <= names, "all of it was really left"
    assert not [path for path in leavings.files() if path.name.startswith("AnsiballZ")]


def handed_over(way: str, given: Task) -> list[Task]:
    """As ordinary modules: over whmapi1, which needs no credentials and got some all the same, and as jobs of their own.

    To give a secret to the module ``api`` as a parameter of a function of whmapi1 is to show it to the list of processes.
    """
    over_cli = [task for task in each_way(way, given, transport="cli")[1:] if "whm.mail.api" not in task]
    job = {"async": 60, "poll": 0, "register": "job"}
    wait = {"jid": "{{ job.ansible_job_id }}"}
    return [
        *over_cli,
        {**each_way(way, given)[2], "name": f"{way}: job", **job},
        {
            "name": f"{way}: end of the job",
            "ansible.builtin.async_status": wait,
            "register": "ended",
            "until": "ended is finished",
            "retries": 100,
            "delay": 0.1,
            "ignore_errors": True,
        },
    ]


def test_ordinary_modules_leave_none_but_in_the_files_that_ansible_was_told_to_keep(leavings: Leavings) -> None:
    """With ANSIBLE_KEEP_REMOTE_FILES Ansible keeps what it copied: the modules with their arguments, in folders that only their
    owner enters. Nothing else may hold a secret."""
    by_environment = handed_over("byenvironment", WAYS["byenvironment"])
    played = leavings.run([*handed_over("bytask", WAYS["bytask"]), by_environment[0], *by_environment[-2:]])
    texts = leavings.texts(played)
    kept = {str(path.relative_to(leavings.folder)): path for path in leavings.files() if "AnsiballZ_" in path.name}
    assert kept
    assert leaks({where: text for where, text in texts.items() if where not in kept}) == set()
    for path in kept.values():
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert any("/async/" in f"/{where}" for where in texts), "the job's file was left too"
    assert leavings.processes.environments, "whmapi1 was seen while it ran"
    assert leavings.processes.modes == {0o400}, "an environment is for its owner only; the list of processes is for all"
    assert "is not a valid role" in played.result("bytask: end of the job")["msg"]
    assert played.result("bytask: key")["changed"]


def planted(folder: Path, url: str, whose: str) -> dict[str, Task]:
    """One leak for each place: where it is then found, and the task that makes it."""
    asking = "import ssl, sys, urllib.request as u; u.urlopen(sys.argv[1], context=ssl._create_unverified_context(), timeout=9)"
    asked = ["{{ python }}", "-c", asking, url + "/json-api/version?x={{ secret | urlencode }}"]
    return {
        "stdout": {"ansible.builtin.debug": {"msg": "{{ secret }}"}},
        "facts": {"ansible.builtin.set_fact": {whose: "{{ secret }}", "cacheable": True}},
        "processes": {"ansible.builtin.command": {"argv": asked}, "failed_when": False},
        "left": {
            "ansible.builtin.copy": {"dest": str(folder / "left" / whose), "content": "{{ secret }}", "mode": "0600"}
        },
    }


PLACES = {"stdout", "results", "log", "facts", "processes", "urls", "left"}


def test_the_search_finds_what_was_planted(leavings: Leavings, monkeypatch: pytest.MonkeyPatch) -> None:
    """In each kind of place, a password full of signs that are written in many ways, and a key."""
    secrets = {"bypassword": SECRETS["bypassword"], "given key": KEYS["given key"]}
    tasks = [
        {"name": place, **task, "vars": {"secret": secret, "python": sys.executable}}
        for name, secret in secrets.items()
        for place, task in planted(leavings.folder, leavings.box.url, name.replace(" ", "_")).items()
    ]
    (leavings.folder / "left").mkdir()
    record = leavings.box.record

    def seen(function: str, args: Any, **fields: Any) -> Any:
        leavings.processes.look("", function, args)  # its login is refused, so that nothing is executed
        return record(function, args, **fields)

    monkeypatch.setattr(leavings.box, "record", seen)
    found = {(where.partition("/")[0], name) for where, name in leaks(leavings.texts(leavings.run(tasks)))}
    for name in secrets:
        assert {where for where, whose in found if whose == name} >= PLACES

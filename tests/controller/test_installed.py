# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as its users have it: built, unpacked, and run in an environment that has what they were told to install."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from .conftest import FRESH, clean_environment, run
from .kit import CHECKOUT

FOLDERS = ("changelogs", "docs", "extensions/awx", "meta", "playbooks", "plugins", "roles", "tests/simulator")
FILES = {"CHANGELOG.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md", "requirements.txt", "tests/config.yml"}
FILES |= {"CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "SECURITY.md"}
FROM_A_RELEASE = {"CHANGELOG.rst"}
LEFT_OUT = re.compile(
    r"docs/(docsite/.*\.(cfg|md|py|css)|matrix\.json)|changelogs/\.plugin-cache\.yaml|.*/__pycache__/.*"
)

PAGE = CHECKOUT / "docs/first-steps.md"


@pytest.fixture
def home(tarball: Path, fresh: Path, tmp_path: Path) -> Path:
    """A home directory with nothing but the collection in it."""
    run([fresh / "ansible-galaxy", "collection", "install", "--offline", tarball], outside(tmp_path), tmp_path)
    return tmp_path


def outside(home: Path) -> dict[str, str]:
    """The settings of somebody who has set nothing, with the programs of the empty environment."""
    env = clean_environment(home)
    del env["ANSIBLE_COLLECTIONS_SCAN_SYS_PATH"]
    return {**env, "PATH": env["PATH"].replace(env["PATH"].partition(":")[0], str(FRESH / "bin"))}


def test_the_tarball_holds_what_works_from_an_installed_copy_and_nothing_else(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        packed = {member.name for member in archive if not member.isdir()} - FROM_A_RELEASE
    stray = {name for name in packed - FILES if not name.startswith(tuple(f"{folder}/" for folder in FOLDERS))}
    assert stray == set()
    wanted = {
        str(path.relative_to(CHECKOUT))
        for folder in FOLDERS
        for path in (CHECKOUT / folder).rglob("*")
        if path.is_file()
    }
    wanted = {name for name in wanted if not LEFT_OUT.fullmatch(name)}
    assert sorted(wanted ^ (packed - FILES)) == []
    assert packed >= FILES


def test_the_documents_name_the_version_that_is_built(tarball: Path) -> None:
    version = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    assert tarball.name == f"whm-mail-{version}.tar.gz"


def steps() -> str:
    """What the page says to type, up to where the reader's own servers come in, and the files that it says to write."""
    text = PAGE.read_text(encoding="utf-8").partition("## A playbook of your own")[0]
    script = []
    for language, body in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        file = {"ini": "inventory", "yaml": "group_vars/whm_servers.yml"}.get(language)
        script.append(f"mkdir -p group_vars; cat > {file} <<'END'\n{body}END\n" if file else body)
    return "".join(script)


def test_first_steps_from_an_empty_environment(tarball: Path, fresh: Path, tmp_path: Path) -> None:
    """Word by word, but for the environment, which is there, the address of the collection, and how long somebody waits."""
    script = steps()
    for typed, instead in {
        r"^python3 -m venv .*$": "",
        r"^pip install ansible-core requests SQLAlchemy trustme$": "",
        r"git\+https://github.com/whm-mail/whm.mail.git": f"--offline {tarball}",
        r"sleep \d+;": "until grep -q Ctrl-C simulator.txt; do sleep 0.1; done;",
    }.items():
        script, count = re.subn(typed, instead, script, flags=re.MULTILINE)
        assert count == 1, typed
    shell = ["bash", "-euo", "pipefail", "-c", f"trap 'kill $(jobs -p)' EXIT\n{script}"]
    done = subprocess.run(shell, env=outside(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    recaps = [int(number) for number in re.findall(r"^localhost +: ok=\d+ +changed=(\d+)", done.stdout, re.MULTILINE)]
    assert len(recaps) == 4
    assert (recaps[0], recaps[1], recaps[3]) == (0, recaps[2], 0)
    assert recaps[2] > 0
    (report,) = json.loads((tmp_path / "try/whm-audit/audit.json").read_text(encoding="utf-8"))["servers"]
    assert report["drift"]
    assert not list(tmp_path.rglob("ansible_collections/whm/mail/.git"))


def test_documentation_of_everything_is_found(home: Path, fresh: Path) -> None:
    printed = run([fresh / "ansible-doc", "--metadata-dump", "whm.mail"], outside(home), home)
    found = json.loads(printed)["all"]
    for kind, least in (("module", 25), ("filter", 3), ("role", 3)):
        assert len(found[kind]) >= least
        assert all(name.startswith("whm.mail.") for name in found[kind])


def test_action_group_and_routing_work(home: Path, fresh: Path) -> None:
    """Without a server: a refused connection tells which port the group's defaults gave, and that no module process was started."""
    runtime = yaml.safe_load((CHECKOUT / "meta/runtime.yml").read_text(encoding="utf-8"))
    names = runtime["action_groups"]["whm"]
    tasks = [
        {"name": "Ask", "whm.mail.server_info": None, "register": "asked", "ignore_errors": True},
        {"name": "Tell", "ansible.builtin.debug": {"var": "asked.msg"}},
    ]
    defaults = {"group/whm.mail.whm": {"api_port": 1, "api_token": "TOKENQ7Z1V9", "api_retries": 0}}
    play = {"hosts": "all", "gather_facts": False, "module_defaults": defaults, "tasks": tasks}
    (home / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    (home / "servers").write_text("whm1 ansible_host=127.0.0.1\n", encoding="utf-8")
    # Were it run as a module, there would be no such Python to run it with.
    argv = [fresh / "ansible-playbook", "-i", "servers", "-e", "ansible_python_interpreter=/nonexistent", "play.yml"]
    printed = run(argv, {**outside(home), "ANSIBLE_PIPELINING": "1"}, home)
    assert "127.0.0.1:1" in printed, printed
    assert "refused" in printed
    assert set(runtime["plugin_routing"]["modules"]) == set(names)


def test_nothing_here_comes_from_the_checkout(home: Path, fresh: Path) -> None:
    printed = run([fresh / "ansible-galaxy", "collection", "list", "--format", "json"], outside(home), home)
    found = [folder for folder, names in json.loads(printed).items() if "whm.mail" in names]
    assert found == [str(home / ".ansible/collections/ansible_collections")]
    shutil.rmtree(home / ".ansible/collections")
    done = subprocess.run(
        [str(fresh / "ansible-doc"), "whm.mail.api"],
        env=outside(home),
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "whm.mail.api was not found" in done.stderr

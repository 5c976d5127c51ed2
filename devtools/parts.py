# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of ``dev.py test``.

Several tools say "green" when they have checked nothing at all. Every part therefore also states what the output of
its tool must contain (``demand``) and must not contain (``refuse``).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from devtools import site
from devtools.controller import awx_collection, fresh_environment
from devtools.cores import environment, environment_of
from devtools.environment import COLLECTION, LOCK, ROOT, VENV, WORK, link_collection, tool_environment
from devtools.job import LANES, LOGS, Failed, Job
from devtools.matrix_cells import ROLES, ends
from devtools.supply import locked

COPY = WORK / "test" / COLLECTION
# A second one, whose modules Ansible cannot run in its own process: without the action plugin and the routes to it.
PLAIN_COPY = WORK / "test-modules" / COLLECTION


def ruff(job: Job) -> None:
    """Style, imports, likely bugs, and formatting of all Python."""
    paths = job.extra or ["."]
    output = job.run("ruff", "check", *paths) + job.run("ruff", "format", "--check", *paths)
    job.refuse(r"No Python files found.*", output)


def mypy(job: Job) -> None:
    """Strict types for everything that is shipped."""
    tree = WORK / "mypy"
    link_collection(tree)
    package = ".".join(COLLECTION.parts)
    targets = [f"-p={package}.{name}" for name in ("plugins", "tests.simulator", "tests.postgresql")]
    output = job.run("mypy", *targets, *job.extra, env=tool_environment(MYPYPATH=str(tree)))
    output += job.run("mypy", "dev.py")
    if len(re.findall(r"no issues found in [1-9]\d* source file", output)) != 2:
        raise Failed("mypy looked at no file")


def ansible_lint(job: Job) -> None:
    """The production profile; strict, because wrong module arguments are only a warning to it.

    The profile is read from the result and not asked for: asking for it switches that very check off.
    """
    # extensions/awx uses the modules of another collection.
    env = tool_environment(ANSIBLE_COLLECTIONS_PATH=str(awx_collection(job)))
    output = job.run("ansible-lint", "--offline", "--strict", *job.extra, env=env)
    job.refuse(r".*Unable to load module.*", output)
    job.demand(r"Passed: 0 failure\(s\), 0 warning\(s\) in [1-9]\d* files", output, "ansible-lint looked at no file")
    job.demand(r"profile that met the validation criteria was 'production'", output, "not up to the production profile")


def elsewhere() -> dict[str, str]:
    """An environment for tools that would leave a log in the home directory."""
    home = WORK / "home"
    home.mkdir(exist_ok=True)
    return tool_environment(HOME=str(home))


def changelog(job: Job) -> None:
    """The changelog fragments."""
    job.run("antsibull-changelog", "lint", env=elsewhere())


def docs_lint(job: Job) -> None:
    """The documentation of every plugin, and the guides."""
    output = job.run(
        "antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", str(ROOT), env=elsewhere()
    )
    job.refuse(r".*(no such collection|cannot find).*", output)


def docs(job: Job) -> None:
    """The site of guides and reference: built, its links followed, looked at as on a phone."""
    names = git_files()
    site.build(job, names)
    job.run("pytest", "-q", "tests/site", *job.extra)
    job.notes.append(f"{len(list(site.HTML.rglob('*.html')))} pages in {site.HTML.relative_to(ROOT)}")


def units(job: Job) -> None:
    """Unit, property, conformance, fault and end-to-end tests."""
    _units(job, *([] if job.extra else _WORKERS))


def coverage(job: Job) -> None:
    """The same with the coverage of plugins/, which costs a third more: not a part of `test`."""
    (WORK / "coverage").mkdir(parents=True, exist_ok=True)
    output = _units(job, *_WORKERS, "--cov=plugins", "--cov-report=term")
    total = re.search(r"^TOTAL.*? ([1-9]\d*)%$", output, re.MULTILINE)
    if not total:
        raise Failed("pytest measured no coverage")
    job.notes.append(f"{total.group(1)} % of plugins/ covered")


_WORKERS = ["-n", str(LANES)]


def _units(job: Job, *options: str) -> str:
    report = LOGS / "units.xml"
    report.unlink(missing_ok=True)
    try:
        return job.run("pytest", "-q", *options, f"--junitxml={report}", *job.extra)
    finally:
        count_tests(job, report)


def count_tests(job: Job, report: Path) -> None:
    """Take the counts from pytest's own report; no report means that it broke before the first test."""
    job.has_tests, job.passed = True, 0
    if not report.is_file():
        return
    suites = list(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314  (pytest wrote it)
    ran, failed, skipped = (
        sum(int(suite.get(key, 0)) for suite in suites for key in keys)
        for keys in (("tests",), ("failures", "errors"), ("skipped",))
    )
    job.passed, job.failed = ran - failed - skipped, failed
    job.notes.append(f"{ran - skipped} tests" + (f", {skipped} skipped" if skipped else ""))
    if ran == skipped:
        raise Failed("pytest ran no test")


def run_tests(job: Job, venv: Path, paths: Iterable[str]) -> int:
    """Run tests with the Python and the ansible-core of another environment, and say how many passed."""
    report = LOGS / f"{job.name}.xml"
    report.unlink(missing_ok=True)
    try:
        job.run(
            str(venv / "bin/python"), "-m", "pytest", "-q", *paths, f"--junitxml={report}", env=environment_of(venv)
        )
    finally:
        count_tests(job, report)
    return job.passed


def roles(job: Job) -> None:
    """Playbooks and roles on the oldest and the newest ansible-core that the interpreters here run."""
    found = interpreters()
    chosen, lost = ends(list(found), locked(LOCK)["ansible-core"])
    passed = 0
    for core, python in chosen:
        passed += run_tests(job, environment(core, python, found[python]), [*ROLES, *job.extra])
        job.notes[-1] += f" on {core} with Python {python}"
    job.passed = passed
    job.notes += lost


def git_files() -> list[str]:
    """All files that belong to the project: what git tracks, and what it would if asked."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(argv, cwd=ROOT, env=tool_environment(), stdout=subprocess.PIPE, text=True, check=False)
    names = [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    if listed.returncode or not names:
        raise Failed("git listed no files: the tests need a git checkout")
    return names


def refresh_copy(copy: Path = COPY) -> None:
    """A real folder .../ansible_collections/whm/mail for ansible-test, which refuses others and follows no links.

    It also asks git which files there are, and inside an ignored folder the answer is "none": so the copy becomes a
    repository of its own.
    """
    names = git_files()
    shutil.rmtree(copy, ignore_errors=True)
    for name in names:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    if copy == PLAIN_COPY:
        take_action_plugin_out(copy)
    for argv in (["git", "init", "--quiet"], ["git", "add", "--all"]):
        subprocess.run(argv, cwd=copy, env=tool_environment(), stderr=subprocess.DEVNULL, check=True)


def take_action_plugin_out(copy: Path) -> None:
    """Leave ordinary modules: each task starts a process of its own, as for any collection."""
    (copy / "plugins/action/api.py").unlink()
    (copy / "plugins/action/__init__.py").write_text("", encoding="utf-8")  # imports it
    runtime = copy / "meta/runtime.yml"
    kept, found, _routes = runtime.read_text(encoding="utf-8").partition("\nplugin_routing:")
    if not found:
        raise Failed("meta/runtime.yml has no plugin_routing at its end")
    runtime.write_text(kept + "\n", encoding="utf-8")
    # Over whmapi1 there is but one way, which the first run takes; and what a module does is the same in both, so one step is enough.
    answers = copy / "tests/integration/integration_config.yml"
    answers.write_text("whm_transports: [https]\nwhm_most_steps: 1\n", encoding="utf-8")


PIP_SEED = """\
import subprocess, sys
wanted = [a for a in sys.argv[1:] if not a.startswith("--no-")]
subprocess.check_call([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL)
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--quiet"] + wanted))
"""


def seed_pip() -> None:
    """ansible-test would fetch its pip installer from a host of its own; Python brings one along.

    One for ansible-core 2.16 and 2.17, one for 2.18 and 2.19, one for 2.20 and 2.21.
    """
    for version in ("23_1_2", "24_2", "25_2"):
        seed = Path(tool_environment()["HOME"], ".ansible", "test", "cache", f"get_pip_{version}.py")
        if not seed.exists():
            seed.parent.mkdir(parents=True, exist_ok=True)
            seed.write_text(PIP_SEED, encoding="utf-8")


def interpreters() -> dict[str, str]:
    """The interpreters of this machine that work, by version: ``{"3.11": "/usr/bin/python3.11"}``.

    Version managers put stand-ins on PATH that often do nothing but complain; the real folders are asked for.
    """
    found = {}
    managed = Path(os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv"), "versions")
    for version in (f"3.{minor}" for minor in range(9, 15)):
        name = f"python{version}"
        candidates = [
            shutil.which(name, path=tool_environment()["PATH"]) or "",
            shutil.which(name) or "",
            *map(str, managed.glob(f"*/bin/{name}")),
        ]
        folders = [folder for folder in map(real_folder, filter(None, candidates)) if folder]
        if folders:
            found[version] = str(Path(folders[0], name))
    return found


def more_pythons() -> str:
    """A PATH that also has the other interpreters that work here: modules promise to run on Python 3.9 and later."""
    path = tool_environment()["PATH"]
    missing = [python for python in interpreters().values() if not shutil.which(Path(python).name, path=path)]
    return os.pathsep.join([path, *(str(Path(python).parent) for python in missing)])


def real_folder(python: str) -> str:
    """Where this interpreter lives, or nothing when it does not run or cannot make environments."""
    probe = "import ensurepip, os, sys, venv; print(os.path.join(sys.base_prefix, 'bin'))"
    result = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
    return "" if result.returncode else result.stdout.strip()


@contextmanager
def spaceless(folder: Path) -> Iterator[Path]:
    """The folder under a name without spaces: ansible-test writes the path of its interpreter behind ``#!``."""
    if " " not in str(folder):
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="whm-mail-") as temporary:
        link = Path(temporary, folder.name)
        link.symlink_to(folder, target_is_directory=True)
        yield link


def ansible_test(
    job: Job, *arguments: str, path: str = "", copy: Path = COPY, venv: Path = VENV, settings: str = ""
) -> str:
    """`settings`: variables for the integration targets, as YAML."""
    refresh_copy(copy)
    if settings:
        (copy / "tests/integration/integration_config.yml").write_text(settings, encoding="utf-8")
    seed_pip()
    with spaceless(venv) as folder:
        env = tool_environment(PATH=(path or tool_environment()["PATH"]).replace(str(VENV), str(folder)))
        argv = [str(folder / "bin" / name) for name in ("python", "ansible-test")]
        output = job.run(*argv, *arguments, *job.extra, cwd=copy, env=env)
    job.refuse(r".*All targets skipped.*", output)
    return output


def python_of(venv: Path) -> str:
    """The version of an environment's interpreter, ``3.11`` for instance. ansible-test's "default" is each one that it finds on PATH."""
    text = (venv / "pyvenv.cfg").read_text(encoding="utf-8")
    match = re.search(r"^version(?:_info)? *= *(\d+\.\d+)", text, re.MULTILINE)
    if not match:
        raise Failed(f"{venv} does not say which Python it has")
    return match.group(1)


def sanity(job: Job) -> None:
    """ansible-test sanity: all of its tests, nothing ignored."""
    output = ansible_test(job, "sanity", "--color", "no", path=more_pythons())
    job.refuse(r'.*Required program "(?!pwsh").*', output)
    if any(COPY.rglob("*.ps1")):
        job.refuse(r'.*Required program "pwsh".*', output)
    if not job.extra:
        for test in ("validate-modules", "import", "compile", "pylint", "shellcheck", "ignores"):
            job.demand(f'Running sanity test "{test}"', output, f"the sanity test {test} did not run")
    missing = sorted(set(re.findall(r"Skipping sanity test .* on Python (3\.\d+)", output)), key=lambda v: int(v[2:]))
    if missing:
        job.notes.append(f"no interpreter for {', '.join(missing)}")


#: What ansible-test adds to the unit tests is its way of loading a collection and a process for each test. The tests of single
#: modules meet nothing new there, and they are half of all.
LOADED = [
    "module_utils/test_*.py",
    "plugin_utils/test_*.py",
    "action/test_*.py",
    "filter/test_*.py",
    "test_conventions.py",
]
#: Many processes at one database: how a plugin was loaded makes no difference to them.
NOT_AGAIN = ("test_store_ledger.py", "test_audit_run.py", "test_contain.py")


def ansible_units(job: Job) -> None:
    """The unit tests of what modules and plugins share, again as ansible-test runs them, with the collection loader of Ansible."""
    files = [file for pattern in LOADED for file in sorted((ROOT / "tests/unit/plugins").glob(pattern))]
    paths = [str(file.relative_to(ROOT)) for file in files if file.name not in NOT_AGAIN]
    output = ansible_test(job, "units", "--python", python_of(VENV), "--color", "no", *paths)
    job.demand(r"\b[1-9]\d* passed", output, "ansible-test ran no unit test")


def run_targets(job: Job, copy: Path = COPY, venv: Path = VENV, only: tuple[str, ...] = ()) -> int:
    """Run the integration targets, and say how many there are."""
    how = ["--local", "--python", python_of(venv), "--color", "no", *only]
    output = ansible_test(job, "integration", *how, copy=copy, venv=venv)
    targets = [folder.name for folder in (copy / "tests/integration/targets").glob("[!_]*") if folder.is_dir()]
    targets = [name for name in targets if not name.startswith("setup_")]
    if not targets or set(only) - set(targets):
        raise Failed("there is no integration target" if not targets else "a target that is named is not there")
    targets = list(only) or targets
    for target in targets if not job.extra else []:
        job.demand(rf"Running {target} integration test role", output, f"the target {target} did not run")
    job.demand(r"^\S+ +: ok=[1-9]", output, "no integration task ran")
    job.notes.append(f"{len(targets)} target" + "s" * (len(targets) != 1))
    return len(targets)


def integration(job: Job) -> None:
    """The integration targets, each against a simulator that it starts for itself."""
    run_targets(job)


def integration_modules(job: Job) -> None:
    """Targets of each kind once more, as ordinary modules over HTTPS. Over whmapi1 all of them are ordinary modules in any case."""
    run_targets(job, PLAIN_COPY, only=() if job.extra else PLAIN_TOO)


#: One of each kind of module. That both ways of running return the same is tested for every module by tests/end_to_end/test_in_process.py.
PLAIN_TOO = (
    "account_info", "api", "dkim_key", "email_account", "exim_config", "forward_destination", "greylisting_trusted_host", "mail_facts",
    "mailbox_messages", "manual_mx", "mobileconfig", "outgoing_mail",
)  # fmt: skip


def molecule(job: Job) -> None:
    """Whole journeys, with molecule; from the collection's root, elsewhere it matches no host and calls that green."""
    try:
        output = job.run("molecule", "test", "--all", "--report", *job.extra)
    finally:
        stop_simulator(WORK / "molecule" / "simulator.json")
    job.refuse(r".*(no hosts matched|Could not match supplied host pattern|provided hosts list is empty).*", output)
    for scenario in (ROOT / "extensions/molecule").glob("*/molecule.yml"):
        job.demand(rf"\b{scenario.parent.name}\b", output, f"the scenario {scenario.parent.name} did not run")
    job.demand(r"^whm\d+ +: ok=[1-9]", output, "molecule ran no task on a simulated server")


def stop_simulator(info: Path) -> None:
    """End the simulator that molecule was not left the time to stop."""
    if info.is_file():
        with suppress(OSError, ValueError, KeyError):
            os.kill(json.loads(info.read_text(encoding="utf-8"))["pid"], signal.SIGTERM)
        info.unlink(missing_ok=True)


#: Folders of which a tarball must hold everything.
PRODUCT = ("meta/", "playbooks/", "plugins/", "roles/", "tests/simulator/")


def galaxy(job: Job) -> None:
    """What Galaxy does with an upload. Its importer exits with 0 whatever it finds, and needs no ansible-test here."""
    dist = WORK / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    job.run("ansible-galaxy", "collection", "build", "--force", "--output-path", str(dist), str(ROOT))
    (tarball,) = dist.glob("whm-mail-*.tar.gz")
    check_tarball(tarball)
    switches = ["CHECK_REQUIRED_TAGS", "CHECK_RUNTIME_REQUIRES_ANSIBLE", "CHECK_CHANGELOG"]
    env = {f"GALAXY_IMPORTER_{name}": "true" for name in switches} | {"GALAXY_IMPORTER_RUN_ANSIBLE_TEST": "false"}
    argv = [str(VENV / "bin/python"), "-m", "galaxy_importer.main", tarball.name]
    output = job.run(*argv, cwd=dist, env=tool_environment(**env))
    job.refuse(r".*(ERROR|WARNING).*", output)
    job.demand(r"Importer processing completed successfully", output, "galaxy-importer did not finish")


def check_tarball(tarball: Path) -> None:
    """A build packs whatever build_ignore does not name: all of it must be known to git, and nothing be missing."""
    known = {*git_files(), "MANIFEST.json", "FILES.json"}
    needed = {name for name in known if name.startswith(PRODUCT)} | {"README.md", "LICENSE", "requirements.txt"}
    with tarfile.open(tarball) as archive:
        packed = {member.name for member in archive if not member.isdir()}
    foreign, lacking = sorted(packed - known), sorted(needed - packed)
    if foreign or lacking:
        raise Failed(f"the tarball holds {foreign[:5]} and lacks {lacking[:5]}: see build_ignore in galaxy.yml")


def controller(job: Job) -> None:
    """The kit for AWX, the execution environment, and the collection as users install it."""
    awx_collection(job)
    fresh_environment(job)
    report = LOGS / "controller.xml"
    report.unlink(missing_ok=True)
    try:
        job.run("pytest", "-q", f"--junitxml={report}", *(job.extra or ["tests/controller"]))
    finally:
        count_tests(job, report)


PARTS: dict[str, Callable[[Job], None]] = {
    "ruff": ruff,
    "mypy": mypy,
    "ansible-lint": ansible_lint,
    "changelog": changelog,
    "docs-lint": docs_lint,
    "docs": docs,
    "units": units,
    "roles": roles,
    "sanity": sanity,
    "ansible-units": ansible_units,
    "integration": integration,
    "integration-modules": integration_modules,
    "molecule": molecule,
    "galaxy": galaxy,
    "controller": controller,
}
GROUPS = {"lint": ["ruff", "mypy", "ansible-lint", "changelog", "docs-lint"], "test": list(PARTS)}

#: What can be run and is no part of `test`.
FURTHER: dict[str, Callable[[Job], None]] = {"coverage": coverage}


# Parts of ansible-test that share a copy to work in follow each other. The longest come first, so that no lane idles.
CHAINS = [
    ["sanity", "integration", "ansible-units"],
    ["integration-modules"],
    ["units"],
    ["controller"],
    ["roles"],
    ["molecule"],
    ["galaxy"],
    ["ansible-lint"],
    ["docs"],
    ["docs-lint"],
    ["mypy"],
    ["ruff"],
    ["changelog"],
]

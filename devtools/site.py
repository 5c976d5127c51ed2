# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``dev.py docs``: the site of guides and reference below ``.ansible/docs/html``, made without a network.

The guides are the Markdown files of the repository, in the places that they have there, so that their links hold in both. What
Galaxy shows names files of the repository by their whole address; here such links stay within the site. Only the reference is made
anew: antsibull-docs writes it from the documentation of modules, filters and roles.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from devtools.environment import ROOT, VENV, WORK, tool_environment
from devtools.job import Job

FOLDER = WORK / "docs"
SOURCE, HTML = FOLDER / "source", FOLDER / "html"
HOME = Path("docs/docsite")

# Markdown that is no page: forms of the code host, and what antsibull-changelog collects.
NO_PAGES = (".github/", "changelogs/", ".ci/")

REDIRECT = """<!DOCTYPE html>
<html lang="en"><head><title>whm.mail</title><meta http-equiv="refresh" content="0; url={0}/index.html"></head>
<body><a href="{0}/index.html">whm.mail</a></body></html>
"""

LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)")
REPOSITORY = re.escape("https://github.com/whm-mail/whm.mail")
OWN = re.compile(rf"\]\({REPOSITORY}/(?:blob|raw)/main/([^)\s#]+)")


def pages(names: Iterable[str]) -> list[str]:
    """The Markdown files that become pages."""
    return [name for name in names if name.endswith(".md") and not name.startswith(NO_PAGES)]


def inside(text: str, page: Path) -> str:
    """The Markdown of a page with links to files of this very repository from where the page is."""
    return OWN.sub(lambda found: f"]({os.path.relpath(ROOT / found[1], page.parent)}", text)


def linked_files(page: Path) -> list[Path]:
    """What a page shows or offers for download: files of the repository that are no pages themselves."""
    targets = LINK.findall(inside(page.read_text(encoding="utf-8"), page))
    found = [(page.parent / target).resolve() for target in targets if ":" not in target]
    return [path for path in found if path.is_file() and path.suffix != ".md" and path.is_relative_to(ROOT)]


def with_the_rest(index: str, names: Iterable[str]) -> str:
    """The first page with every page that it does not name in place of ``REST``, so that a new guide is never left out."""
    named = set(re.findall(r"^(?:.*<)?((?:\.\./)+[^>\s]+)>?$", index, re.MULTILINE))
    links = [os.path.relpath(Path(name).with_suffix(""), HOME) for name in pages(names) if Path(name).parent != HOME]
    return index.replace("REST", "\n".join(link for link in links if link not in named))


def without_contents(text: str) -> str:
    """A page of the reference without its own table of contents: the theme shows one beside every page."""
    return re.sub(r"^\.\. contents::\n(?: +:.*\n)+", "", text, flags=re.MULTILINE)


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def collect(names: list[str]) -> None:
    """Put the sources of the site together, each file where the repository has it."""
    shutil.rmtree(SOURCE, ignore_errors=True)
    wanted = {ROOT / name for name in names if name.startswith(f"{HOME}/")}
    for name in pages(names):
        wanted |= {ROOT / name, *linked_files(ROOT / name)}
    for path in sorted(wanted):
        copy = SOURCE / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    for name in pages(names):
        copy = SOURCE / name
        copy.write_text(inside(copy.read_text(encoding="utf-8"), ROOT / name), encoding="utf-8")
    rewrite(SOURCE / HOME / "index.md", lambda text: with_the_rest(text, names))


def build(job: Job, names: list[str]) -> None:
    """Build the site; a link or label that leads nowhere fails it.

    :param names: files of the repository.
    """
    collect(names)
    reference = SOURCE / "reference"
    reference.mkdir(mode=0o700)
    config = str(ROOT / HOME / "antsibull-docs.cfg")
    argv = ["collection", "--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", str(reference)]
    env = tool_environment(HOME=str(FOLDER))
    job.run("antsibull-docs", "--config-file", config, *argv, "whm.mail", env=env)
    for page in reference.glob("*.rst"):
        rewrite(page, without_contents)
    shutil.rmtree(HTML, ignore_errors=True)
    argv = ["-q", "-W", "--keep-going", "-b", "html", "-d", str(FOLDER / "doctrees"), "-c", str(SOURCE / HOME)]
    shutil.rmtree(FOLDER / "doctrees", ignore_errors=True)
    job.run(str(VENV / "bin/sphinx-build"), *argv, str(SOURCE), str(HTML), env=env)
    start = HTML / "index.html"
    start.write_text(REDIRECT.format(HOME), encoding="utf-8")

# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment, as far as it goes without a container engine. No image was built."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from .conftest import BIN, clean_environment, run
from .kit import CHECKOUT, KIT


@pytest.fixture
def context(tarball: Path, tmp_path: Path) -> Path:
    """What would be handed to a container engine."""
    shutil.copy(KIT / "execution-environment.yml", tmp_path)
    shutil.copy(tarball, tmp_path / "whm-mail.tar.gz")
    argv: list[str | Path] = [BIN / "ansible-builder", "create", "--output-filename", "Containerfile"]
    run(argv, clean_environment(tmp_path), tmp_path)
    return tmp_path / "context"


def test_the_metadata_of_the_collection_reach_an_image(installed: Path, tmp_path: Path) -> None:
    printed = run(
        [BIN / "ansible-builder", "introspect", "--sanitize", installed], clean_environment(tmp_path), tmp_path
    )
    found: dict[str, Any] = yaml.safe_load(printed)
    wanted = ["requests>=2.28", "SQLAlchemy>=2.0.20", "psycopg[binary]>=3.1"]
    assert [line.partition(" #")[0].strip() for line in found["python"]] == wanted
    assert all("from collection whm.mail" in line for line in found["python"])
    assert not found["system"]


def test_the_definition_becomes_a_context_that_installs_this_very_build(
    context: Path, tarball: Path, tmp_path: Path
) -> None:
    assert (context / "_build/collections/whm-mail.tar.gz").read_bytes() == tarball.read_bytes()
    argv: list[str | Path] = [BIN / "ansible-galaxy", "collection", "install", "--offline", "-r", "requirements.yml"]
    run([*argv, "-p", tmp_path / "galaxy"], clean_environment(tmp_path), context / "_build")
    assert (tmp_path / "galaxy/ansible_collections/whm/mail/plugins/modules/api.py").is_file()


def test_the_image_asks_the_collection_what_it_needs(context: Path) -> None:
    lines = (context / "Containerfile").read_text(encoding="utf-8").splitlines()
    assert any("introspect.py introspect" in line for line in lines)
    definition = yaml.safe_load((KIT / "execution-environment.yml").read_text(encoding="utf-8"))
    named = definition["dependencies"]
    assert "python" not in named, "only the collection says what it needs"
    text = "\n".join(lines)
    assert named["ansible_core"]["package_pip"] in text
    assert named["ansible_runner"]["package_pip"] in text
    assert named["python_interpreter"]["python_path"] in text


def test_the_collection_supports_the_ansible_of_the_image() -> None:
    runtime = yaml.safe_load((CHECKOUT / "meta/runtime.yml").read_text(encoding="utf-8"))
    definition = yaml.safe_load((KIT / "execution-environment.yml").read_text(encoding="utf-8"))
    (oldest,) = Requirement(definition["dependencies"]["ansible_core"]["package_pip"]).specifier
    assert oldest.version in SpecifierSet(runtime["requires_ansible"])

# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""controller_file: a text in a file of the controller, replaced as a whole, with the mode that was asked for."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.whm.mail.plugins.action.controller_file import SPEC
from ansible_collections.whm.mail.plugins.plugin_utils._controller import files

from ..test_conventions import as_documented, document
from .conftest import Act

STANDARD = {"changed", "failed", "msg"}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_documentation_says_what_the_action_takes() -> None:
    documented = document("controller_file", "DOCUMENTATION")["options"]
    assert {name: as_documented(option) for name, option in documented.items()} == {
        name: as_documented(option) for name, option in SPEC.items()
    }


def test_the_documentation_says_what_the_action_returns(act: Act, tmp_path: Path) -> None:
    returned = document("controller_file", "RETURN")
    result = act("controller_file", path=str(tmp_path / "page.html"), content="x", backup=True)
    assert set(result) - STANDARD == set(returned) - {"backup_file"}
    result = act("controller_file", path=str(tmp_path / "page.html"), content="y", backup=True)
    assert set(result) - STANDARD == set(returned)


@pytest.mark.parametrize(
    ("before", "options", "changed"),
    [
        (None, {}, True),
        (("old\n", 0o600), {}, True),
        (("text\n", 0o600), {}, False),
        (("text\n", 0o644), {}, True),
        (("text\n", 0o644), {"mode": "0644"}, False),
    ],
)
def test_it_changes_what_differs(
    act: Act, tmp_path: Path, before: tuple[str, int] | None, options: dict[str, Any], changed: bool
) -> None:
    file = tmp_path / "report.txt"
    if before:
        file.write_text(before[0], encoding="utf-8")
        file.chmod(before[1])
    stood = file.read_bytes() if before else None
    wanted = {"path": str(file), "content": "text\n", **options}
    assert act("controller_file", check_mode=True, **wanted)["changed"] is changed
    assert (file.read_bytes() if file.exists() else None) == stood
    assert act("controller_file", **wanted) == {"changed": changed, "path": str(file)}
    assert (file.read_text(encoding="utf-8"), mode(file)) == ("text\n", int(options.get("mode", "0600"), 8))
    assert act("controller_file", **wanted)["changed"] is False
    assert [path.name for path in tmp_path.iterdir()] == ["report.txt"]


def test_folders_on_the_way_are_made_and_those_there_left_alone(act: Act, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    act("controller_file", path=str(tmp_path / "new/folder/x"), content="", folder_mode="0750")
    assert [mode(path) for path in (tmp_path, tmp_path / "new", tmp_path / "new/folder")] == [0o755, 0o750, 0o750]


@pytest.mark.parametrize("there", ["mine", "text"])
def test_a_link_is_replaced_and_not_followed(act: Act, tmp_path: Path, there: str) -> None:
    other, link = tmp_path / "other", tmp_path / "link"
    other.write_text(there, encoding="utf-8")
    other.chmod(0o600)
    link.symlink_to("other")
    assert act("controller_file", check_mode=True, path=str(link), content="text")["changed"]
    assert link.is_symlink()
    assert act("controller_file", path=str(link), content="text")["changed"]
    assert (link.is_symlink(), link.read_text(encoding="utf-8")) == (False, "text")
    assert other.read_text(encoding="utf-8") == there
    assert not act("controller_file", path=str(link), content="text")["changed"]


def test_what_cannot_be_written_is_said_without_the_text(act: Act, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = act("controller_file", path=str(tmp_path / "file/below"), content="SECRETQ7Z1")
    assert result["failed"]
    assert result["msg"].startswith(f"{tmp_path}/file/below cannot be written: ")
    assert "SECRETQ7Z1" not in str(result)


@pytest.mark.parametrize("option", ["mode", "folder_mode"])
@pytest.mark.parametrize("value", ["416", "rwx", "0999", "00640", ""])
def test_a_mode_that_is_none_is_named_with_the_remedy(act: Act, tmp_path: Path, option: str, value: str) -> None:
    with pytest.raises(AnsibleActionFail, match=f"{option}: {value} is no mode; .*0640"):
        act("controller_file", path=str(tmp_path / "x"), content="", **{option: value})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"a": 1}, "a dictionary"),
        ([], "a list"),
        (2026, "a number"),
        (1000.0, "a number"),
        (True, "a number"),
        (None, "a number"),
    ],
)
def test_data_is_refused_and_the_file_stays(act: Act, tmp_path: Path, content: Any, kind: str) -> None:
    file = tmp_path / "audit.json"
    file.write_text("{}\n", encoding="utf-8")
    with pytest.raises(AnsibleActionFail, match=f"content is {kind}.* has to be a text.*to_nice_json.*string"):
        act("controller_file", path=str(file), content=content)
    assert file.read_text(encoding="utf-8") == "{}\n"


@pytest.mark.parametrize("links", [True, False])
def test_what_is_replaced_is_kept_aside_on_demand(
    act: Act, tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any, **_keywords: Any) -> None:
        raise OSError("no links here")

    if not links:
        monkeypatch.setattr(files.os, "link", refuse)
    file = tmp_path / "audit.json"
    file.write_bytes(b"\xff old")
    assert "backup_file" not in act("controller_file", check_mode=True, path=str(file), content="new", backup=True)
    result = act("controller_file", path=str(file), content="new", backup=True)
    kept = Path(result["backup_file"])
    assert (kept.read_bytes(), file.read_text(encoding="utf-8")) == (b"\xff old", "new")
    assert (kept.parent, kept.name[:11]) == (tmp_path, "audit.json.")
    assert "backup_file" not in act("controller_file", path=str(file), content="new", mode="0600", backup=True)
    act("controller_file", path=str(file), content="newer")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audit.json", kept.name]

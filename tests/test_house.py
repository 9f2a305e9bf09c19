"""The house is in order: arrows point down, nothing private is named, what is promised in the docs is there."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from studio import __version__
from studio.show.showfile import load_show

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


PYTHON = _tracked("*.py")


def test_imports_only_go_down() -> None:
    lint_imports = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert lint_imports
    found = subprocess.run(
        [lint_imports, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout


def test_only_the_room_for_systems_asks_which_one_it_runs_on() -> None:
    asking = [
        str(path.relative_to(ROOT))
        for path in PYTHON
        if path.is_relative_to(ROOT / "studio") and not path.is_relative_to(ROOT / "studio" / "system")
        if re.search(r"sys\.platform\b|\bos\.name\b", path.read_text(encoding="utf-8"))
    ]
    assert not asking


def test_every_module_says_its_one_job() -> None:
    silent = [
        path.relative_to(ROOT)
        for path in PYTHON
        if path.is_relative_to(ROOT / "studio") and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_no_module_is_longer_than_can_be_read() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in PYTHON
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert not long


# Cut in two where this file would find itself.
@pytest.mark.parametrize(
    "private",
    [
        pytest.param(r"(?<![\w.])/(?:home|Users)/\w", id="somebody's home folder"),
        pytest.param(r"(?<![\w.])/(?:ro" + r"ot|wo" + r"rk|farm)/", id="a folder of one machine"),
        pytest.param(r"\.lib" + r"rary\b|\.\./sha" + r"red", id="a folder beside the project"),
        pytest.param(r"https?://[^\s\"']*/sim" + r"ple\b|--(?:extra-)?index-url[ =]http", id="a package index"),
        pytest.param(r"find-li" + r"nks|//regis" + r"try\.", id="a place of packages"),
        pytest.param(r"-----BEGIN [A-Z ]*PRIVATE KEY-----", id="a private key"),
    ],
)
def test_nothing_private_is_named(private: str) -> None:
    found = []
    for path in _tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a font
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in re.finditer(private, text)]
    assert not found


def test_the_changelog_tells_of_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(__version__)}\]", changelog, re.MULTILINE)
    assert PYPROJECT["project"]["version"] == __version__


def _wanted(*groups: str) -> set[str]:
    """The names of what is needed to run, and of those groups."""
    project = PYPROJECT["project"]
    lines = project["dependencies"] + [one for group in groups for one in project["optional-dependencies"][group]]
    return {re.split(r"[<>=!~\[ ;]", one)[0] for one in lines}


def test_every_dependency_is_justified_and_nothing_else_is() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    justified = set(re.findall(r"^\| (\w[\w-]*) \| \S", page, re.MULTILINE)) - {"package"}
    assert justified == _wanted("build", "dev")


@pytest.mark.parametrize(
    ("lock", "groups"), [("requirements.lock", ["build"]), ("requirements-dev.lock", ["build", "dev"])]
)
def test_every_dependency_is_locked(lock: str, groups: list[str]) -> None:
    locked = set(re.findall(r"^([\w-]+)==", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))
    assert {one.lower().replace("_", "-") for one in _wanted(*groups)} <= locked


def test_setting_up_fetches_nothing_that_is_not_locked() -> None:
    script = (ROOT / "tools" / "setup.sh").read_text(encoding="utf-8")
    installs = re.findall(r"^.*\bpip install\b.*$", script, re.MULTILINE)
    from_lock = [one for one in installs if "--require-hashes" in one]
    ours = [one for one in installs if "--no-deps" in one and "--no-build-isolation" in one]
    assert installs == from_lock + ours
    assert {one.split(">")[0] for one in PYPROJECT["build-system"]["requires"]} <= _wanted("build")


def test_the_frame_paths_page_names_every_thread() -> None:
    rooms = [ROOT / "studio" / room for room in ("capture", "engine", "keeper", "outputs", "system", "workspace")]
    named = re.compile(r"""(?:Thread\((?:[^()]|\([^()]*\))*?\bname=|in_thread\()f?"([\w:-]+)""")
    threads = {
        name.rstrip(":")
        for path in PYTHON
        if any(path.is_relative_to(room) for room in rooms)
        for name in named.findall(path.read_text(encoding="utf-8"))
    }
    assert {"feed", "network", "resolve", "source", "keyring"} <= threads
    page = (ROOT / "docs" / "frame-path.md").read_text(encoding="utf-8")
    assert {name for name in threads if not re.search(rf"`{name}\b", page)} == set()


def test_links_in_the_docs_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in _tracked("*.md")
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not broken


def test_the_show_in_the_readme_can_be_loaded(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [show] = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    shutil.copy(ROOT / "docs" / "on-air.jpg", tmp_path / "bag.jpg")
    file = tmp_path / "show.toml"
    file.write_text(show, encoding="utf-8")
    loaded = load_show(file)
    assert [one.name for one in loaded.show.destinations] == ["youtube"]


def test_the_commands_in_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"benchcast (\w+)", readme)) - {"NAME"}
    said = subprocess.run(
        [sys.executable, "-m", "studio", "--help"], capture_output=True, text=True, encoding="utf-8", check=True
    )
    offered = set(re.findall(r"^\W+(\w+)  ", said.stdout, re.MULTILINE))
    assert named <= offered

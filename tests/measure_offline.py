"""A pack sets the lessons up without a network, serves them and grades.

    uv run python -m tests.measure_offline
    uv run python -m tests.measure_offline --pack dist/cross-entropy-lessons.zip

A pack is made for this machine and this Python, for which packages are fetched; then,
in a network of its own in which there is nothing but the loopback (`unshare -n`), it is
unpacked and installed, a lesson is graded in the terminal, and `serve` is asked for its
page, for a grading and for a run. Linux alone. Exit code 1 where something fails.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.document import catalog
from grader.packing import set_up
from tests.room import number_of

FOLDER = "cross-entropy-lessons"

ROOT = Path(__file__).parent.parent
LESSON = catalog.find("lesson3", ROOT)
_PATIENCE_S = 600
# Everything after this runs where nobody can be reached.
_ALONE = ("unshare", "--map-root-user", "--net", "--")


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--pack", type=Path)
    words.add_argument("--folder", type=Path, help="set up there; used inside")
    asked = words.parse_args()
    if asked.folder:
        return work_alone(asked.pack, asked.folder)
    with tempfile.TemporaryDirectory() as name:
        pack = asked.pack or make_pack(Path(name))
        command = [sys.executable, "-m", "tests.measure_offline"]
        command += ["--pack", str(pack.resolve()), "--folder", name]
        return subprocess.run([*_ALONE, *command], cwd=ROOT).returncode


def make_pack(folder: Path) -> Path:
    """A pack for this machine alone."""
    platform, _, python = set_up.this_laptop().rpartition("-py")
    command = [sys.executable, "-m", "invoke", "class.pack", "--out", str(folder)]
    command += ["--platform", platform, "--python", python]
    subprocess.run(command, cwd=ROOT, check=True)
    return next(folder.glob("*.zip"))


def work_alone(pack: Path, folder: Path) -> int:
    """Set it up, grade, and serve; 1 where one of them fails."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    begun = time.monotonic()
    subprocess.run([sys.executable, str(pack)], cwd=folder, check=True)
    print(f"set up in {time.monotonic() - begun:.0f} s, without a network")
    project = folder / FOLDER
    programs = project / ".venv" / "bin"
    graded = subprocess.run(
        [programs / "invoke", "grade", "lesson3", "--attempt", "solutions"], cwd=project
    )
    print(f"the solution graded in the terminal: exit code {graded.returncode}")
    served = is_served(programs, project)
    print(f"served, graded and run in the browser's way: {served}")
    return 0 if graded.returncode == 0 and served else 1


def is_served(programs: Path, project: Path) -> bool:
    """Whether `serve` shows a page, grades it and runs a cell of it."""
    command = [programs / "invoke", "serve", "--no-browser"]
    process = subprocess.Popen(
        command, cwd=project, stdout=subprocess.DEVNULL, env={"PATH": str(programs)}
    )
    try:
        kept = project / "attempts" / ".serve.json"
        deadline = time.monotonic() + _PATIENCE_S
        while not kept.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
        told = json.loads(kept.read_bytes())
        return does_all(told["port"], told["key"])
    finally:
        process.terminate()
        process.wait()


def does_all(port: int, key: str) -> bool:
    cookie = f"key_{port}={key}"

    def ask(method: str, path: str, **what: object) -> str:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
        host = f"127.0.0.1:{port}"
        headers = {"Cookie": cookie, "Host": host, "X-Lesson": "1"}
        if method == "POST":
            headers["Origin"] = f"http://{host}"
        line.request(method, path, json.dumps(what), headers)
        answer = line.getresponse()
        body = answer.read().decode()
        assert answer.status == 200, body
        return body

    page = ask("GET", "/lesson3")
    number = number_of(LESSON, "3c")
    cell = json.loads(ask("GET", "/lesson3/cells"))["cells"][number]
    save = {"number": int(number), "base": cell["version"], "text": "print(6 * 7)"}
    told = json.loads(ask("POST", "/lesson3/save", **save))
    line = told["cells"][number]["line"]
    ran = json.loads(ask("POST", "/lesson3/run", line=line))["html"]
    graded = json.loads(ask("POST", "/lesson3/grade", exercise="3c"))
    return "3c" in page and "42" in ran and bool(graded["exercises"]["3c"]["html"])


if __name__ == "__main__":
    sys.exit(main())

"""A course of one small lesson, served as for a learner's browser."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.web.app import make_app
from grader.web.http_server import ServerAddress, listen_locally
from tests.support.toy_lesson import CHECKS, PAGE
from tools.shots.serving import served

STUB = PAGE.replace(
    "    # BEGIN SOLUTION\n    return 2 * x\n    # END SOLUTION\n",
    '    raise NotImplementedError("1a")\n',
)
MORE = "# %% [markdown]\n# ## Try it: <script>alert(1)</script> & `double`\n# %%\nif __name__ == '__main__':\n    print('tried', double(4))\n"
NAME = "lesson1_toy"


class Client:
    """Asks the server as the learner's browser does, or otherwise."""

    def __init__(self, door: ServerAddress, root: Path) -> None:
        self.door, self.root = door, root
        self.host = f"127.0.0.1:{door.port}"
        self.cookie = f"key_{door.port}={door.key}"

    def ask(
        self, method: str, path: str, body: bytes | str = b"", **headers: str | None
    ):
        """The status, the headers and the body of an answer; None leaves a header out."""
        own = {"Host": self.host, "Cookie": self.cookie}
        if method == "POST":
            own |= {"Origin": f"http://{self.host}", "X-Lesson": "1"}
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        line = http.client.HTTPConnection("127.0.0.1", self.door.port, timeout=300)
        content = body.encode() if isinstance(body, str) else body
        line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        sent = {"Content-Length": str(len(content))} | own
        for name, value in sent.items():
            if value is not None:
                line.putheader(name, value)
        line.endheaders(content)
        answer = line.getresponse()
        told = answer.status, dict(answer.getheaders()), answer.read()
        line.close()
        return told

    def get(self, path: str) -> str:
        status, _, body = self.ask("GET", path)
        assert status == 200, body
        return body.decode()

    def post(self, name: str, **what: object) -> dict:
        status, _, body = self.ask("POST", f"/{name}", json.dumps(what))
        assert status == 200, body
        return json.loads(body)

    @property
    def file(self) -> Path:
        return self.root / "attempts" / f"{NAME}.py"

    def cells(self) -> dict:
        return json.loads(self.get("/lesson1/cells"))["cells"]

    def save(self, text: str, number: str = "1", base: str = "") -> dict:
        base = base or self.cells()[number]["version"]
        return self.post("lesson1/save", number=int(number), base=base, text=text)


def make_course(root: Path) -> Path:
    folder = root / "lessons" / NAME
    folder.mkdir(parents=True)
    (root / "solutions").mkdir()
    (root / "solutions" / f"{NAME}.py").write_text(PAGE + MORE)
    (folder / "lesson.py").write_text(STUB + MORE)
    (folder / "checks.py").write_text(CHECKS)
    return root


@contextmanager
def serve(root: Path, once: str = "") -> Iterator[Client]:
    listening, door = listen_locally(root, 0)
    with served(make_app(root, door.hosts, door.key, once), listening):
        yield Client(door, root)

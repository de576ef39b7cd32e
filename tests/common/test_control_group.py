"""What a container or a job leaves of the machine's memory, and what it has killed."""

import math
from pathlib import Path

import pytest

from grader.common import control_group


def written(root: Path, groups: str, files: dict[str, str]) -> Path:
    """A system whose process is in some groups, with these files below /sys."""
    for name, text in {"proc/self/cgroup": groups, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_least_of_the_groups_around_a_process_counts(tmp_path: Path) -> None:
    root = written(
        tmp_path,
        "0::/job/step\n",
        {
            "sys/fs/cgroup/job/memory.max": "1000000000\n",
            "sys/fs/cgroup/job/memory.current": "400000000\n",
            "sys/fs/cgroup/job/memory.stat": "anon 300000000\ninactive_file 90000000\n",
            "sys/fs/cgroup/job/step/memory.max": "max\n",
            "sys/fs/cgroup/job/step/memory.current": "400000000\n",
        },
    )
    assert control_group.free_bytes(root) == 690_000_000
    (root / "sys/fs/cgroup/job/step/memory.max").write_text("500000000\n")
    assert control_group.free_bytes(root) == 100_000_000
    (root / "sys/fs/cgroup/job/step/memory.current").write_text("500004096\n")
    assert control_group.free_bytes(root) == 0


def test_version_1_in_a_container_whose_path_is_the_machines(tmp_path: Path) -> None:
    top = "sys/fs/cgroup/memory"
    root = written(
        tmp_path,
        "12:pids:/docker/abc\n5:cpu,memory:/docker/abc\n",
        {
            f"{top}/memory.limit_in_bytes": "2000000000\n",
            f"{top}/memory.usage_in_bytes": "1500000000\n",
            f"{top}/memory.stat": "inactive_file 1\ntotal_inactive_file 200000000\n",
            f"{top}/memory.oom_control": "oom_kill_disable 0\noom_kill 3\n",
        },
    )
    assert control_group.free_bytes(root) == 700_000_000
    assert control_group.has_killed(root)


@pytest.mark.parametrize("groups", ["0::/\n", "0::/../other\n", "3:cpu:/\n", ""])
def test_without_a_limit_everything_is_free(tmp_path: Path, groups: str) -> None:
    root = written(tmp_path, groups, {"sys/fs/cgroup/memory.current": "5\n"})
    assert control_group.free_bytes(root) == math.inf
    assert not control_group.has_killed(root)
    assert control_group.free_bytes(tmp_path / "no_linux") == math.inf


def test_what_a_group_has_killed_is_known(tmp_path: Path) -> None:
    events = "sys/fs/cgroup/job/memory.events"
    root = written(tmp_path, "0::/job/step\n", {events: "oom 2\noom_kill 0\n"})
    assert not control_group.has_killed(root)
    (root / events).write_text("oom 2\noom_kill 2\n")
    assert control_group.has_killed(root)

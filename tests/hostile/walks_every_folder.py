"""Walks every folder that it can list or guess, looking for a solution or the data.

promise: solutions-out-of-reach
lesson: lesson3
score: 0
3e: wrong
"""

import os
import sys
import time

MARK = b"BEGIN " + b"SOLUTION"
# What mentions solutions in a copy of the project, and is none of this course. `run` may
# open it.
HARMLESS = ("/grader/", "/tests/", "/examples/")
# What lies elsewhere isn't printed.
PLACES = ("/",)
TELLING = ("lesson", "solution", "mnist", "exercise", "course.toml")


def guess_roots():
    """Return folders in which a course may be, those that are likely first."""
    import numpy

    libraries = os.path.dirname(os.path.dirname(numpy.__file__))
    above = [libraries, sys.prefix, sys.base_prefix, os.getcwd()]
    for path in list(above):
        while len(path) > 1:
            path = os.path.dirname(path)
            above.append(path)
    names = ["cross_entropy_lessons", "share/cross-entropy-lessons", "share", ""]
    names += ["autograder/source", "main", "course", "project"]
    guessed = [os.path.join(path, name) for path in above for name in names]
    return guessed + [path for path in sys.path if path] + ["/usr/lib", "/usr/share"]


def list_files():
    """Yield every file that can be found, those with a telling name first."""
    # Names that nobody has to list.
    for root in guess_roots():
        for lesson in ("lesson1_arrays", "lesson3_cross_entropy", "lesson1_welcome"):
            yield os.path.join(root, "solutions", lesson + ".py")
        yield os.path.join(root, "lessons", "data", "mnist.npz")
    seen, others = set(), []
    began = time.process_time()
    for root in sorted(guess_roots(), key=lambda root: root.count("/"), reverse=True):
        for folder, folders, names in os.walk(root):
            if folder in seen or time.process_time() - began > 1.5:
                folders.clear()
                continue
            seen.add(folder)
            for name in names:
                path = os.path.join(folder, name)
                if any(word in path.lower() for word in TELLING):
                    yield path
                elif name.endswith(".py"):
                    others.append(path)
    yield from others


def find():
    """Return the solutions that could be opened, and print what there was of a course."""
    began, texts, many = time.process_time(), [], 0
    for path in list_files():
        if time.process_time() - began > 3.5:
            break
        if path == __file__ or any(part in path for part in HARMLESS):
            continue
        if not os.path.isfile(path):  # opening a pipe would wait for ever
            continue
        try:
            with open(path, "rb") as file:
                read = file.read(400_000)
        except OSError:
            continue
        many += 1
        is_solution = MARK in read and path.endswith(".py")
        is_of_a_course = is_solution or path.endswith("mnist.npz")
        if is_of_a_course and path.startswith(PLACES):
            print("OPENED", path)
        if is_solution:
            texts.append(read.decode())
    print("READ", many)
    return texts


def cross_entropy(y, p):
    return 0.0


for text in find():
    exec(compile(text, "found", "exec"), globals())

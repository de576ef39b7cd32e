"""Wrong command lines: a sentence says what to type, in `xent` and in `invoke`."""

from pathlib import Path

import pytest

from tests.support.commands import run_command, run_invoke
from tests.support.project import ROOT

# More digits than Python makes an integer of.
LONG = "9" * 5_000
# What is typed, and what is said.
COMMANDS = [
    ("grad 3", "There is no command 'grad'. Did you mean grade?"),
    ("Grade 3", "There is no command 'Grade'. Did you mean grade?"),
    ("GRADE 3", "There is no command 'GRADE'. All commands:"),
    ("sumbit 3", "There is no command 'sumbit'. Did you mean grade?"),
    ("wach 3", "Did you mean watch?"),
    ("hnt 3c", "Did you mean hint?"),
    ("solutoin 3", "Did you mean solution?"),
    ("over-view", "Did you mean overview?"),
    ("class_grade work", "Did you mean class.grade?"),
    ("class.grad work", "Did you mean class.grade?"),
    ("dev.verfy", "Did you mean dev.verify?"),
    ("new_course mine", "Did you mean new-course?"),
    ("3c", "There is no command '3c'. To have it graded: uv run xent grade 3c"),
    ("lesson3", "To have it graded: uv run xent grade lesson3"),
    ("3 3c", "To have it graded: uv run xent grade 3"),
    ("nonsense", "There is no command 'nonsense'. All commands: uv run xent --help"),
    ("help", "There is no command 'help'. All commands: uv run xent --help"),
    ("grade.3", "There is no command 'grade.3'."),
    ("join ROOM", "A room is in the browser: open its address there."),
    ("class.regrade work", "uv run xent class.grade submissions --preview"),
    ("progress", "uv run xent overview lesson3"),
    ("dev.mistake", "uv run xent class.report submissions"),
]
OPTIONS = [
    ("grade 3 --exercse 3a", "grade has no option --exercse. Did you mean --exercise?"),
    ("grade 3 --excercise=3a", "Did you mean --exercise?"),
    ("grade 3 --ex 3a", "grade has no option --ex. Its options: uv run xent grade"),
    ("grade 3 -x", "grade has no option -x. Its options: uv run xent grade --help"),
    ("grade 3 --nonsense", "grade has no option --nonsense. Its options:"),
    ("grade 3 -mx", "grade has no option -x."),
    ("grade 3 --more=1", "Option '--more' does not take a value. Its options:"),
    ("grade 3 -e", "Option '-e' requires an argument. Its options:"),
    ("grade 3 --seed", "Option '--seed' requires an argument. Its options:"),
    ("grade 3 --cold", "Each grading is a process of its own now"),
    ("check 3 --cold", "Each grading is a process of its own now"),
    ("submit 3 --ex 3a", "grade has no option --ex. Its options: uv run xent grade"),
    ("run 3 --window", "uv run xent serve lesson3"),
    (
        "serve --no-brower",
        "serve has no option --no-brower. Did you mean --no-browser?",
    ),
    ("serve --prot 8800", "Did you mean --port?"),
    ("doctor --all", "doctor has no option --all. Its options:"),
    ("watch 3 --pooling", "Did you mean --polling?"),
    ("reset 3 --two best", "reset has no option --two."),
    ("hint --exercise", "Option '--exercise' requires an argument."),
    ("--nonsense", "xent has no option --nonsense. Its options: uv run xent --help"),
    ("-q grade 3", "xent has no option -q. Its options: uv run xent --help"),
    ("--exercise 3c grade 3", "xent has no option --exercise."),
]
# invoke has no own opinion about these.
WORDS = [
    ("grade", "Which lesson? For example: uv run xent grade lesson1"),
    ("grade --exercise 33z", "There is no lesson '33'. The lessons are lesson1"),
    ("grade lesson", "There is no lesson 'lesson'. The lessons are lesson1"),
    ("grade 33", "There is no lesson '33'. The lessons are lesson1"),
    ("grade 33a", "There is no lesson '33'. The lessons are lesson1"),
    ("grade lesson3_cros_entropy", "Did you mean lesson3_cross_entropy?"),
    ("grade 3z", "lesson3_cross_entropy has no exercise '3z'"),
    ("read 3z", "lesson3_cross_entropy has no exercise '3z'"),
    ("hint 3z", "lesson3_cross_entropy has no exercise '3z'"),
    ("solution 3z", "lesson3_cross_entropy has no exercise '3z'"),
    ("start 3c", "There is no lesson '3c'. 3c is an exercise of lesson3."),
    ("reset 3c", "3c is an exercise of lesson3."),
    ("overview 3c", "3c is an exercise of lesson3."),
    ("serve 3c", "3c is an exercise of lesson3."),
    ("grade 3 --attempt none.py", "There is no file or folder 'none.py'"),
    ("grade 3 --attempt none.py --exercise 3a", "There is no file or folder 'none.py'"),
    ("grade 3 --seed abc", "--seed takes a whole number below"),
    ("grade 3 --json no/x.json", "no/x.json cannot be written"),
    ("dev.verify --seeds abc", "--seeds takes a whole number, not 'abc'."),
    ("class.grade lessons --jobs two", "--jobs takes a whole number, not 'two'."),
    ("lab 3 --port eighty", "--port takes a number such as 8800, not 'eighty'"),
    (f"class.grade lessons --seed {LONG}", "--seed takes a whole number below"),
    ("class.grade lessons --due tomorrow", "--due 'tomorrow' isn't a date"),
    ("class.grade lessons --preview --due never", "--preview records nothing."),
    ("class.export lessons --to gradescope", "uv run xent class.pack lesson3"),
    ("serve --port eighty", "--port takes a number such as 8800, not 'eighty'"),
    (f"serve --port {LONG}", "--port takes a number such as 8800"),
    ("serve --proxy 10.0.0.1", "--proxy needs --room"),
    ("serve --room r --proxy me", "--proxy takes the IPv4 address of a proxy"),
    ("overview lesson3 --page", "Leave the lesson out."),
    ("reset 3 --to tomorrow", "--to 'tomorrow' isn't a date"),
    ("dev.new LessonX", "A lesson is named like lesson11_convolutions"),
    ("dev.new lesson3_again", "There is a lesson 3 already"),
    ("read", "Which lesson? For example: uv run xent read lesson1"),
    ("start", "Which lesson? For example: uv run xent start lesson1"),
    ("watch", "Which lesson? For example: uv run xent watch lesson1"),
    ("read --exercise 33z", "There is no lesson '33'. The lessons are lesson1"),
    ("class.grade", "Which folder are the submissions in? For example:"),
    ("class.forget work", "Who is it: an id, a name or an address? For example:"),
    ("dev.try", "Which folder are the attempts in? For example:"),
    ("dev.new", "For example: uv run xent dev.new lesson11_convolutions"),
    ("new-course", "Which name does the course have?"),
    ("draw", "Which PNG file has your digit?"),
    ("grade lesson3 lesson4", "grade has no place for 'lesson4' here."),
    ("grade 3c 3d", "grade has no place for '3d' here. What it takes:"),
    ("grade 3 3z", "lesson3_cross_entropy has no exercise '3z'"),
]
# These say nothing of their own, or invoke says it first.
LEFT_OVER = [
    ("overview 3 4", "overview has no place for '4' here."),
    ("doctor 3", "doctor has no place for '3' here."),
    ("grade --exercise --more 3", "Option '--exercise' needs a word."),
    ("grade --lesson 3 4", "grade has no place for '4' here."),
]
# With invoke, this is a chain.
SEVERAL = [
    ("grade 3 doctor", "Type one command at a time: doctor is another one."),
    ("grade 3 check", "Type one command at a time: check is another one."),
]
OF_INVOKE = [*COMMANDS, *OPTIONS, *LEFT_OVER]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """The course, with attempts of its own."""
    for name in ("lessons", "solutions", "course.toml", "pyproject.toml", "tasks.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.mark.parametrize(("words", "sentence"), [*OF_INVOKE, *WORDS, *SEVERAL])
def test_xent_says_what_to_type(course: Path, words: str, sentence: str) -> None:
    code, said = run_command(course, *words.split(), program="xent")
    assert (code, sentence in " ".join(said.split())) == (2, True), said
    assert "Traceback" not in said


@pytest.mark.parametrize(("words", "sentence"), WORDS)
def test_invoke_says_the_same_of_words_that_it_hands_on(
    course: Path, words: str, sentence: str
) -> None:
    code, said = run_invoke(course, *words.split())
    named = sentence.replace("xent", "invoke")
    assert (code, named in " ".join(said.split())) == (2, True), said
    assert "Traceback" not in said


@pytest.mark.parametrize("words", [words for words, _ in OF_INVOKE])
def test_invoke_says_in_its_own_words_what_it_does_not_know(
    course: Path, words: str
) -> None:
    code, said = run_invoke(course, *words.split())
    assert (code, len(said.splitlines())) == (1, 1), said
    assert "Traceback" not in said

"""Mistakes that are seen in one place, as tables.

A mistake is a row: its name, what shows it, the edit of the solution that brings it
about, and the sentence that names it.
"""

import re


def seen_in_messages(exercise, rows):
    """Declare mistakes that an exception tells of.

    Args:
        exercise: the exercise.
        rows: by name, a pattern for what the exception says, an edit and the sentence;
            named groups of the pattern fill the sentence.
    """
    for name, (pattern, edit, sentence) in rows.items():

        def says(answer, pattern=pattern):
            found = answer.raised and re.search(pattern, answer.raised.message)
            return found and found.groupdict()

        says.__name__ = name
        exercise.symptom(sentence, edit=edit)(says)


def seen_in_facts(exercise, fact, rows):
    """Declare mistakes that a check has noted with the answer.

    Args:
        exercise: the exercise.
        fact: what the check notes.
        rows: by name, the values of the fact, an edit and the sentence.
    """
    for name, (values, edit, sentence) in rows.items():

        def shows(answer, values=values):
            return answer.facts[fact] in values

        shows.__name__ = name
        exercise.symptom(sentence, edit=edit)(shows)


def seen_near(exercise, of, rows):
    """Declare mistakes that give a number which the check has computed as well.

    Args:
        exercise: the exercise.
        of: the function whose answers show it.
        rows: by name, the number from the answer's facts, an edit and the sentence.
    """
    for name, (number, edit, sentence) in rows.items():

        def is_that(answer, number=number):
            return is_near(answer.value, number(answer.facts))

        is_that.__name__ = name
        exercise.symptom(sentence, function=of, edit=edit)(is_that)


def is_near(value, want):
    """Whether an answer is this number, to what float32 holds."""
    is_one = getattr(value, "shape", ()) == ()
    return is_one and abs(float(value) - want) < 2e-5 * max(1, abs(want))

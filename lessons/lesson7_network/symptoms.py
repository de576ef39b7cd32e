"""Known mistakes as tables.

Each row is a mistake: its name, how it is recognised, an edit of the solution that
makes it, and its sentence.
"""

import re


def seen_in_messages(exercise, rows):
    """Declare mistakes that are recognised by an exception's message.

    Args:
        exercise: the exercise.
        rows: by name, a pattern for the message, an edit and the sentence. Named groups
            of the pattern fill the sentence.
    """
    for name, (pattern, edit, sentence) in rows.items():

        def says(answer, pattern=pattern):
            found = answer.raised and re.search(pattern, answer.raised.message)
            return found and found.groupdict()

        says.__name__ = name
        exercise.symptom(sentence, edit=edit)(says)


def seen_in_facts(exercise, fact, rows):
    """Declare mistakes that are recognised by a fact that a check notes.

    Args:
        exercise: the exercise.
        fact: the name of the fact.
        rows: by name, the values of the fact, an edit and the sentence.
    """
    for name, (values, edit, sentence) in rows.items():

        def shows(answer, values=values):
            return answer.facts[fact] in values

        shows.__name__ = name
        exercise.symptom(sentence, edit=edit)(shows)


def seen_near(exercise, of, rows):
    """Declare mistakes that give a number which the check has also computed.

    Args:
        exercise: the exercise.
        of: the function whose answers are compared.
        rows: by name, the number from the answer's facts, an edit and the sentence.
    """
    for name, (number, edit, sentence) in rows.items():

        def is_that(answer, number=number):
            return is_near(answer.value, number(answer.facts))

        is_that.__name__ = name
        exercise.symptom(sentence, function=of, edit=edit)(is_that)


def is_near(value, want):
    """Return whether an answer is this number, to the precision of float32."""
    is_one = getattr(value, "shape", ()) == ()
    return is_one and abs(float(value) - want) < 2e-5 * max(1, abs(want))

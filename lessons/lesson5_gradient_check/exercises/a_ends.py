"""5a: where exp overflows."""

from grader.checks import entry, value

WORDS = ("finite", "inf", "zero", "nan")

ends = value(
    "PREDICT",
    {
        "exp(88) in float32": entry(
            "finite",
            "You know which of exp(88) and exp(89) overflows in float32.",
            of=WORDS,
            check="knows_the_end_of_float32",
            wrong={
                "inf": "The largest float32 is 3.4e38. Its logarithm is 88.72, and 88 is "
                "still below that.",
            },
        ),
        "exp(89) in float32": entry(
            "inf",
            of=WORDS,
            check="knows_the_end_of_float32",
            wrong={
                "finite": "The largest float32 is 3.4e38. Its logarithm is 88.72, and 89 "
                "is above that.",
            },
        ),
        "exp(700) in float64": entry(
            "finite",
            "You know which of exp(700) and exp(710) overflows in float64.",
            of=WORDS,
            check="knows_the_end_of_float64",
            wrong={
                "inf": "The largest float64 is 1.8e308. Its logarithm is 709.78, and 700 is "
                "still below that.",
            },
        ),
        "exp(710) in float64": entry(
            "inf",
            of=WORDS,
            check="knows_the_end_of_float64",
            wrong={
                "finite": "The largest float64 is 1.8e308. Its logarithm is 709.78, and 710 "
                "is above that.",
            },
        ),
        "exp(-1000) in float64": entry(
            "zero",
            "You know what exp of a very negative logit becomes.",
            of=WORDS,
            check="knows_what_underflow_gives",
            wrong={
                "inf": "exp(-1000) is 1/exp(1000): not infinite, but far too small for a "
                "float64.",
                "finite": "On paper exp(-1000) is above 0. The smallest float64 is about "
                "4.9e-324, though, and exp(-1000) is about 5e-435.",
            },
        ),
        "inf / inf": entry(
            "nan",
            "You know what inf divided by inf gives.",
            of=WORDS,
            check="knows_what_follows",
            wrong={
                "finite": "Two infinities need not be equal: one may be far larger. So "
                "the ratio is nan.",
                "inf": "inf / 2 is inf, but inf / inf has no value: NumPy says nan, *not a "
                "number*.",
            },
        ),
    },
    prediction=True,
    hints=(
        "exp(x) overflows when x is above ln of the largest number. "
        "For float32 that is about 38.5 times ln 10.",
    ),
)

"""4a: where the squared error of one neuron is slow."""

from grader.checks import entry, value

STARTS = (-8, -3, 0, 2)
STEPS = (10, 100, 1000, 10000)

slow_neuron = value(
    "PREDICT",
    {
        "largest first step": entry(
            0,
            "You know from which start the first step is largest.",
            of=STARTS,
            check="knows_the_fastest_start",
            wrong={
                -8: "At z = -8 the error s - y is largest. What is the factor s (1 - s) there?",
                -3: "At z = -3, s is 0.047. Compute 2 (1 - s)^2 s for it, and for the other "
                "starts.",
                2: "At z = 2 the neuron is nearly right: both s - y and s (1 - s) are small.",
            },
        ),
        "smallest first step": entry(
            -8,
            "You know from which start the first step is smallest.",
            of=STARTS,
            check="knows_the_slowest_start",
            wrong={
                -3: "At z = -3 the error is large and s (1 - s) is 0.045. Their product "
                "isn't small.",
                0: "At z = 0, s (1 - s) has its largest value, 1/4, and the error is 1/2.",
                2: "At z = 2 the step is 0.025. Compute it for a neuron that is sure and "
                "wrong, too.",
            },
        ),
        "steps from z = -8": entry(
            1000,
            "You know about how many steps it takes from z = -8.",
            of=STEPS,
            check="knows_how_long_it_takes",
            wrong={
                10: "Ten steps would do if each were about 1 long. How long is the first one?",
                100: "The first step is 0.00067 long. How far do 100 of these go?",
                10000: "The first step is 0.00067 long, and the steps grow: at z = -7 they are "
                "almost three times as long.",
            },
        ),
    },
    prediction=True,
    hints=(
        "The step is 2 (1 - s)^2 s. What is it when s is close to 0, and when s is close "
        "to 1? At z = -8 it is 0.00067: how many of those make a step of 1?",
    ),
)

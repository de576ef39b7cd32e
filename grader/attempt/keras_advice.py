"""keras_advice: one next step for what Keras refuses, as words of older versions."""

from __future__ import annotations

# Rows of the same form as those of advice.KNOWN.
OF_KERAS = (
    (
        "ValueError",
        r"^Argument\(s\) not recognized: \{'lr'",
        r"",
        "Keras calls the size of a step learning_rate.",
    ),
    (
        "AttributeError",
        r"^module 'keras' has no attribute '(?:\w*elu|tanh|soft\w+|sigm\w+)'",
        r"\bkeras\.(\w*elu|tanh|soft\w+|sigm\w+)\b",
        'Keras takes an activation by its name, as text: "{0}".',
    ),
    (
        "AttributeError",
        r"^'(?:Sequential|Functional)' object has no attribute 'forward'",
        r"\b(\w+)\.forward\(",
        "Keras has no forward: {0}.predict(x, verbose=0) gives its answers.",
    ),
    (
        "AttributeError",
        r"^'(?:Sequential|Functional)' object has no attribute "
        r"'(?:parameters|zero_grad|train|eval)'",
        r"\.(parameters|zero_grad|train|eval)\(",
        "{0} is PyTorch's. In Keras compile is told the optimizer, and fit trains.",
    ),
    (
        "AttributeError",
        r"has no attribute 'predict_(classes|proba)'",
        r"\.(predict_classes|predict_proba)\(",
        "{0} is of an older Keras. Today predict gives the probabilities, and the "
        "largest of a row says its class.",
    ),
    (
        "TypeError",
        r"unexpected keyword argument 'nb_epoch'",
        r"",
        "nb_epoch is of Keras 1. Today it is called epochs.",
    ),
)

"""keras_advice: one next step for what Keras refuses, as words of older versions."""

from __future__ import annotations

# Activations that Keras knows by these names.
_ACTIVATIONS = (
    r"relu6|leaky_relu|relu|selu|gelu|elu|tanh|(?:log_)?soft(?:ma|pl|si)\w+|"
    r"(?:hard_)?sigm\w+"
)
# Rows of `failing.advice_in`.
OF_KERAS = (
    (
        "ValueError",
        r"^Argument\(s\) not recognized: \{'lr'",
        r"",
        "Keras calls the size of a step learning_rate.",
    ),
    (
        "AttributeError",
        rf"^module 'keras' has no attribute '(?:{_ACTIVATIONS})'",
        rf"\bkeras\.({_ACTIVATIONS})\b",
        'Keras takes an activation by its name, as text: "{0}".',
    ),
    (
        "AttributeError",
        r"^'(?:Sequential|Functional)' object has no attribute 'forward'",
        r"\b(\w+)\.forward\(",
        "A model of Keras has no forward: {0}.predict(x, verbose=0) gives its answers.",
    ),
    (
        "AttributeError",
        r"^'(?:Sequential|Functional)' object has no attribute "
        r"'(?:parameters|zero_grad|train|eval)'",
        r"\.(parameters|zero_grad|train|eval)\(",
        "A model of PyTorch has {0}, one of Keras has not: compile is told the "
        "optimizer, and fit trains.",
    ),
    (
        "AttributeError",
        r"^'(?:Sequential|Functional)' object has no attribute "
        r"'predict_(?:classes|proba)'",
        r"\.(predict_classes|predict_proba)\(",
        "{0} is of an older Keras. Today predict gives the probabilities, and the "
        "largest of a row says its class.",
    ),
    (
        "TypeError",
        r"\bfit\(\) got an unexpected keyword argument 'nb_epoch'",
        r"",
        "nb_epoch is of Keras 1. Today it is called epochs.",
    ),
)

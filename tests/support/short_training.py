"""Code that makes the training of a network short."""

from __future__ import annotations

# Runs before the cells of lesson 8.
SHORT = """
import keras

def fit(self, x, y, *, long=keras.Model.fit, epochs=1, **options):
    return long(self, x[:500], y[:500], epochs=min(epochs, 3), **options)

keras.Model.fit = fit
"""

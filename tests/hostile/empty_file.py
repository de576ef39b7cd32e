"""Holds nothing but this text.

lesson: lesson3
score: 0
every exercise: not attempted
"""

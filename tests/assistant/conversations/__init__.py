"""Whole conversations of the product's own dialogue: rules, forms, actions, the inner API.

What was understood is given by the test, so that no test here depends on the training of the NLU.
"""

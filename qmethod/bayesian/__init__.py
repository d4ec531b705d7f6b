"""Viewpoints by a Bayesian model of who holds which, under the exact likelihood of a forced sort."""

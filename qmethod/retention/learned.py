"""Coefficients of `qmethod.retention.probability`, written by ``python -m benchmarks.validation.learn`` and not by hand."""

FINGERPRINT = "8716e9d834bfb12c"
"""Of the figures that they belong to: ``benchmarks.validation.learn.fingerprint``."""
STUDIES = 2335
"""From how many simulated studies they were learned."""
STRETCH = (-0.2785, 0.4123)
COEFFICIENTS = {
    "k": 0.6211,
    "k squared": -0.226,
    "none": 2.2049,
    "one": -1.0979,
    "k by sorts": -0.4104,
    "NEST": -0.9566,
    "NEST by sorts": 0.704,
    "NEST by statements": 0.9034,
    "NEST, MAP and EKC": 0.3571,
    "above NEST": 0.5571,
    "above NEST by variance": -2.4223,
    "above NEST, none": -0.4968,
    "above NEST by p": -0.1022,
    "below NEST": -0.5367,
    "below NEST by p": 0.4342,
    "MAP": 0.0235,
    "partial correlations": -7.2513,
    "below EKC": -0.4559,
    "eigenvalues over EKC": 2.8258,
    "eigenvalue over chance": 3.5167,
    "halves": 3.2028,
    "halves so far": 1.4577,
}

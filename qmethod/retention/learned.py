"""Coefficients of `qmethod.retention.probability`, written by ``python -m benchmarks.validation.learn`` and not by hand."""

FINGERPRINT = "e570a406f905afa3"
"""Of the figures that they belong to: ``benchmarks.validation.learn.fingerprint``."""
STUDIES = {"plain": 2335, "tagged": 900}
"""From how many simulated studies they were learned, without tags and with them."""
STRETCH = {
    "plain": (-0.2785, 0.4123),
    "tagged": (-0.2763, 0.3648),
}
COEFFICIENTS = {
    "plain": {
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
    },
    "tagged": {
        "k": 0.1581,
        "k squared": -0.0948,
        "none": 3.5237,
        "one": -1.0048,
        "k by sorts": 0.0235,
        "NEST": -1.299,
        "NEST by sorts": 0.8965,
        "NEST by statements": 0.9457,
        "NEST, MAP and EKC": 0.2576,
        "above NEST": -0.1042,
        "above NEST by variance": -0.571,
        "above NEST, none": -0.2148,
        "above NEST by p": -0.213,
        "below NEST": -1.1913,
        "below NEST by p": 1.079,
        "MAP": 0.1736,
        "partial correlations": -3.2679,
        "below EKC": -0.0367,
        "eigenvalues over EKC": -0.1554,
        "eigenvalue over chance": 2.9903,
        "halves": 2.812,
        "halves so far": 0.8133,
        "NEST without themes": 0.2576,
        "above NEST without themes": -0.0133,
    },
}

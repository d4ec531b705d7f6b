"""How often each rule of this engine is right, on sorts whose truth is known: what ``docs/validation.md`` shows.

Run: ``make validation``, or ``python -m benchmarks.validation --help``.
"""

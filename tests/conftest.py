"""Settings of every test run; the first lines are read before numpy is."""

from __future__ import annotations

import os

# Tests run beside each other, so each stays on one thread: matrices this small gain nothing from more.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from hypothesis import settings  # noqa: E402

# How long an example takes depends on what else the machine does; no test here is about time.
settings.register_profile("untimed", deadline=None, max_examples=40)
settings.register_profile("thorough", deadline=None, max_examples=1000)  # pytest --hypothesis-profile thorough
settings.load_profile("untimed")

pytest_plugins = ["tests.postgres"]

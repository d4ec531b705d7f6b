"""Settings of every test run; read before numpy is."""

from __future__ import annotations

import os

# Tests run beside each other, so each stays on one thread: matrices this small gain nothing from more.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

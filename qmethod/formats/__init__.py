"""File formats: sorts from a file, and back to one.

`read` guesses what a file is and says what it took it for; `write_csv` and `write_pqmethod` write files it reads back unchanged.
"""

from qmethod.formats.reading import read
from qmethod.formats.writing import write_csv, write_pqmethod

__all__ = ["read", "write_csv", "write_pqmethod"]

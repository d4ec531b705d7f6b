"""File formats: sorts from a file, and back to one.

`read` guesses what a file is and says what it took it for; `write` writes a file of any format in `writers`, and says what that cannot hold.
`write_csv` and `write_pqmethod` write files that `read` reads back unchanged. `open_sorts` opens one that need not fit into memory. `formats` lists
the formats that are read. `read_listing` reads the figures that PQMethod printed.
"""

from qmethod.formats.conversion import write
from qmethod.formats.listing import Listing, read_listing
from qmethod.formats.reading import open_sorts, read
from qmethod.formats.registry import formats
from qmethod.formats.writer import writers
from qmethod.formats.writing import pqmethod_names, write_csv, write_pqmethod

__all__ = ["Listing", "formats", "open_sorts", "pqmethod_names", "read", "read_listing", "write", "write_csv", "write_pqmethod", "writers"]

"""The marks in a photograph. The only module that knows of OpenCV, which the extra ``photo`` installs."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from qmethod.errors import DataError, Fault
from qmethod_analysis.tabletop.marks import SIDE, bits

LARGEST_FILE, MOST_PIXELS = 60_000_000, 64_000_000
"""Bytes of a file and pixels of a photograph beyond which none is looked at."""
FEWEST_PIXELS = 300
"""Pixels along the shorter side below which no board can be read."""
SEARCHED = 2600
"""Pixels along the longer side to which a larger photograph is brought first, which is 5 megapixels: more take longer and find little more."""
LARGER = 1.5
"""By what a photograph is enlarged for the last look, in which small marks come out."""
KINDS = "a JPEG or PNG file"

CLEAR = 0.1
"""By how much the darkest white bit of a mark must be lighter than its lightest black one, as a part of the contrast."""

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A mark in a photograph.

    Parameters
    ----------
    mark : int
    corners : ndarray of shape (4, 2)
        In pixels: its own upper left corner first, then clockwise as it is printed.
    """

    mark: int
    corners: Points


def missing() -> DataError | None:
    """Why no photograph can be read here; None where one can."""
    if find_spec("cv2") is not None:
        return None
    return DataError([Fault("reading photographs needs OpenCV, which is not installed", advice='Install it: pip install "qmethod[photo]"')])


def grey(file: str | os.PathLike[str]) -> npt.NDArray[np.uint8]:
    """A photograph in shades of grey; shape (height, width).

    Parameters
    ----------
    file : path

    Raises
    ------
    DataError
        If it is not there or no JPEG or PNG file, too small or too large to be read, damaged, or OpenCV is not installed.
    """
    lacking = missing()
    if lacking is not None:
        raise lacking
    name = os.fspath(file)
    if not os.path.exists(name):
        raise DataError([Fault("there is no such file", file=name)])
    if not os.path.isfile(name):
        raise DataError([Fault("this is no file, and a photograph is wanted", file=name)])
    if os.path.getsize(name) > LARGEST_FILE:
        raise DataError([Fault(f"the file has more than {LARGEST_FILE // 1_000_000} MB; no photograph of a board needs that", file=name)])
    with open(name, "rb") as opened:
        content = opened.read(LARGEST_FILE + 1)
    size = dimensions(content)
    if size is None:
        advice = f"Save the photograph as {KINDS}; telephones that take HEIC pictures can be set to JPEG."
        raise DataError([Fault("this is no photograph that can be read", file=name, advice=advice)])
    wide, high = size
    if wide * high > MOST_PIXELS:
        advice = f"Save it with at most {MOST_PIXELS // 1_000_000} megapixels; 5 are enough."
        raise DataError([Fault(f"the picture has {wide} x {high} pixels, too many to look at", file=name, advice=advice)])
    if min(wide, high) < FEWEST_PIXELS:
        advice = "Take a photograph with 5 megapixels or more."
        raise DataError([Fault(f"the picture has {wide} x {high} pixels, too few to read a board from", file=name, advice=advice)])
    import cv2

    decoded = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    if decoded is None:
        raise DataError([Fault("the picture is damaged and cannot be read", file=name, advice="Copy it anew from the camera.")])
    return np.asarray(decoded, dtype=np.uint8)


def dimensions(content: bytes) -> tuple[int, int] | None:
    """Width and height that a JPEG or PNG file says it has, without unpacking it; None where it is neither.

    Parameters
    ----------
    content : bytes
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR" and len(content) >= 24:
        wide, high = struct.unpack(">II", content[16:24])
        return wide, high
    if not content.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(content):
        if content[at] != 0xFF:
            return None
        kind = content[at + 1]
        if kind == 0xFF:  # padding
            at += 1
        elif kind in (0x01, *range(0xD0, 0xD8)):  # these have no length
            at += 2
        elif 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):  # a frame begins
            high, wide = struct.unpack(">HH", content[at + 5 : at + 9])
            return (wide, high) if wide and high else None
        elif kind in (0xD9, 0xDA):  # pixels before any frame
            return None
        else:
            at += 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    return None


def marks_in(picture: npt.NDArray[np.uint8]) -> Iterator[list[Seen]]:
    """The marks in a photograph, look by look: each finds more of what is blurred or dark, and takes time.

    Whoever has all that is wanted stops asking. A mark is taken for one only where every bit is as printed, and clearly so.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width)
    """
    import cv2

    longer = max(picture.shape)
    scale = min(1.0, SEARCHED / longer)
    smaller: Any = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    yield _look(smaller, scale)
    for softness in (1.0, 1.6):  # takes the noise out of a dark picture
        yield _look(cv2.GaussianBlur(smaller, (0, 0), softness), scale)
    yield _look(cv2.resize(smaller, None, fx=LARGER, fy=LARGER, interpolation=cv2.INTER_CUBIC), LARGER * scale)


def is_mirrored(picture: npt.NDArray[np.uint8], wanted: frozenset[int]) -> bool:
    """Whether a photograph shows marks only when it is turned over, as a mirror shows it.

    Parameters
    ----------
    picture : ndarray of uint8
    wanted : frozenset of int
        Marks that should be in it; two of them will do.
    """
    flipped = np.ascontiguousarray(picture[:, ::-1])
    return len({one.mark for one in next(marks_in(flipped))} & wanted) > 1


def _look(picture: Any, scale: float) -> list[Seen]:
    import cv2

    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    parameters.minMarkerPerimeterRate = 0.015
    parameters.adaptiveThreshWinSizeMin = 5
    parameters.adaptiveThreshWinSizeMax = 45
    parameters.adaptiveThreshWinSizeStep = 10
    parameters.perspectiveRemovePixelPerCell = 8
    parameters.errorCorrectionRate = 0.0
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_1000), parameters)
    corners, marks, _ = detector.detectMarkers(picture)
    if marks is None:
        return []
    found = []
    for one, mark in zip(corners, np.asarray(marks).ravel().tolist(), strict=True):
        at = np.asarray(one, dtype=np.float64).reshape(4, 2)
        if _clear(picture, at, mark):
            found.append(Seen(mark, (at + 0.5) / scale - 0.5))
    return found


def _clear(picture: Any, corners: Points, mark: int) -> bool:
    """Whether each bit of a mark is so white or so black that it cannot be the other: where it is blurred, two wrong bits make another mark."""
    import cv2

    size = 6 * SIDE
    target = np.array([[0, 0], [size, 0], [size, size], [0, size]], dtype=np.float32)
    flat: Any = cv2.warpPerspective(picture, cv2.getPerspectiveTransform(corners.astype(np.float32), target), (size, size))
    cells = np.asarray(flat, dtype=np.float64).reshape(SIDE, 6, SIDE, 6)[:, 1:5, :, 1:5].mean(axis=(1, 3))
    white = np.zeros((SIDE, SIDE), dtype=bool)
    white[1:-1, 1:-1] = bits(mark)
    low, high = np.percentile(cells, [10, 90])
    return bool(white.any() and cells[white].min() - cells[~white].max() > CLEAR * (high - low))

"""A study whose cards are pictures of every shape, and one whose cards are heard; each picture has a frame that shows where it ends."""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from qmethod_studies.definition import Study
from qmethod_studies.loading import load
from qmethod_studies.writing import write
from tests.studies.made import study

SHAPES: Mapping[str, tuple[int, int, str]] = {
    "tall.png": (160, 1600, ".png"),
    "wide.jpg": (2000, 200, ".jpg"),
    "tiny.png": (6, 4, ".png"),
    "huge photo ä.jpg": (5000, 3600, ".jpg"),
    "square.webp": (640, 640, ".webp"),
    "clear.png": (400, 300, ".png"),
    "cards/upright.jpg": (600, 900, ".jpg"),
}
"""Width, height and format by name."""
CLEAR = "clear.png"


@cache
def picture(wide: int, high: int, ending: str, *, clear: bool = False) -> bytes:
    """A picture with a frame of a tenth of it, and waves within; or with nothing but the frame and a disc, and paper showing through."""
    x, y = np.meshgrid(np.linspace(0, 6, wide), np.linspace(0, 6, high))
    drawn = np.stack([120 + 90 * np.sin(x), 120 + 90 * np.cos(y), 120 + 90 * np.sin(x + y), np.full_like(x, 0 if clear else 255)], axis=-1).astype(
        np.uint8
    )
    edge = max(1, min(wide, high) // 10)
    cv2.rectangle(drawn, (edge // 2, edge // 2), (wide - 1 - edge // 2, high - 1 - edge // 2), (180, 0, 200, 255), edge)
    if clear:
        cv2.circle(drawn, (wide // 2, high // 2), min(wide, high) // 4, (20, 60, 60, 255), -1)
    made, written = cv2.imencode(ending, drawn if ending == ".png" else drawn[..., :3])
    assert made
    return written.tobytes()


@cache
def tone(pitch: float = 440.0) -> bytes:
    """Half a second of a tone."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes((9000 * np.sin(2 * np.pi * pitch * np.arange(4000) / 8000)).astype("<i2").tobytes())
    return out.getvalue()


def pictures(folder: Path) -> Study:
    """Seven pictures, a picture that is heard too, and a card of words among them."""
    for name, (wide, high, ending) in SHAPES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(picture(wide, high, ending, clear=name == CLEAR))
    (folder / "bell.wav").write_bytes(tone())
    made = study(study="pictures", title="Places", condition="How much do you like to be there?", contact="me", minutes=5)
    names = [*SHAPES, "square.webp", None]
    cards = tuple(
        one.model_copy(update={"image": name, "audio": "bell.wav" if i == len(SHAPES) else None})
        for i, (one, name) in enumerate(zip(made.statements, names, strict=True))
    )
    write(made.model_copy(update={"statements": cards}), folder)
    return load(folder)


def sounds(folder: Path) -> Study:
    """Nine tones, each with its words."""
    folder.mkdir(parents=True)
    made = study(study="sounds", title="Tones", condition="How much do you like to hear it?", contact="me", minutes=5)
    for i, _ in enumerate(made.statements):
        (folder / f"tone-{i}.wav").write_bytes(tone(220.0 * 1.2**i))
    cards = tuple(one.model_copy(update={"audio": f"tone-{i}.wav"}) for i, one in enumerate(made.statements))
    write(made.model_copy(update={"statements": cards}), folder)
    return load(folder)

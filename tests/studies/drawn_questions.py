"""What hypothesis draws: questions of any kind, from the keys that its class declares, so that a new kind needs nothing here."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from qmethod_studies.parts import Text
from qmethod_studies.questions import KINDS, Question
from qmethod_studies.questions.question import Condition
from tests.studies.made import question

IDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True)
WORDS = st.text(st.sampled_from("aZ é<&>\"'{%;:,=ש汉"), min_size=1, max_size=12).map(lambda text: f"w{text}w")
NUMBERS = st.integers(-9, 9).map(float) | st.integers(-9, 9).map(float) | st.floats(-9, 9).map(lambda value: round(value, 2))


def _values(annotation: Any, metadata: Any = ()) -> st.SearchStrategy[Any]:
    """Values that a key might have; whether they fit together, the class decides."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _values(inner[0], [more for part in inner[1:] for more in (part.metadata if isinstance(part, FieldInfo) else [part])])
    if origin in (Union, types.UnionType):
        return st.one_of(*map(_values, inner))
    if origin is dict:
        return st.dictionaries(_values(inner[0]), _values(inner[1]), min_size=1, max_size=4)
    if origin is Literal:
        return st.sampled_from(inner)
    if annotation is types.NoneType:
        return st.none()
    if annotation is str:
        return IDS if any(getattr(part, "pattern", None) for part in metadata) else WORDS
    plain = {
        Text: st.fixed_dictionaries({"en": WORDS, "es": WORDS}),
        bool: st.booleans(),
        int: st.integers(1, 40),
        float: NUMBERS,
        Condition: st.none(),
    }
    return plain[annotation] if annotation in plain else st.from_type(annotation).map(str)  # as a file holds it


@st.composite
def questions(draw: st.DrawFn, kind: str) -> Question:
    """A question of a kind, in English and Spanish."""
    keys = {name: draw(_values(field.annotation, field.metadata)) for name, field in KINDS[kind].model_fields.items()}
    needed = {name for name, field in KINDS[kind].model_fields.items() if field.is_required()}
    drawn = [{name: value for name, value in keys.items() if value is not None and name in wanted} for wanted in (set(keys), needed)]
    example = {**KINDS[kind].example(), "id": keys["id"], "label": keys["label"]}
    for given in (*drawn, example):  # where keys do not fit together, those that must be there, and in the end the ones of the example
        try:
            return question(given.pop("type"), given.pop("id"), **given)
        except ValidationError:
            continue
    raise AssertionError(f"the example of {kind} is no question")

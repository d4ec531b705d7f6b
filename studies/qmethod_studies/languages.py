"""Languages by their codes: what each is called in itself, and which ones the pages of a survey speak."""

from __future__ import annotations

INTERFACE_SOURCE = "en"
"""The language that the texts of the pages are written in."""

INTERFACE_LANGUAGES = {INTERFACE_SOURCE: False, "es": True, "ar": True}
"""The languages that buttons and messages of the pages are translated into, and whether that is a draft which no native speaker has read yet."""

_NAMES = {
    "ar": "العربية", "ca": "Català", "cs": "Čeština", "da": "Dansk", "de": "Deutsch", "el": "Ελληνικά", "en": "English", "es": "Español",
    "fa": "فارسی", "fi": "Suomi", "fr": "Français", "he": "עברית", "hi": "हिन्दी", "hu": "Magyar", "id": "Indonesia", "it": "Italiano",
    "ja": "日本語", "ko": "한국어", "nl": "Nederlands", "pl": "Polski", "pt": "Português", "ro": "Română", "ru": "Русский", "sv": "Svenska",
    "tr": "Türkçe", "uk": "Українська", "ur": "اردو", "vi": "Tiếng Việt", "zh": "中文", "zh-Hans": "简体中文", "zh-Hant": "繁體中文",
}  # fmt: skip


def language_name(code: str) -> str:
    """The name of a language in the language itself; the code where it is not known."""
    base, _dash, region = code.partition("-")
    return _NAMES.get(code) or (f"{_NAMES[base]} ({region})" if base in _NAMES else code)


def interface_language(code: str) -> str | None:
    """The language in which the pages speak to whoever reads a language of a study: that language, or the one it is a variant of.

    Parameters
    ----------
    code : str
        For example ``"pt-BR"``.

    Returns
    -------
    str or None
        None where there is no translation; the pages are in `INTERFACE_SOURCE` then.
    """
    return next((known for known in (code, code.partition("-")[0]) if known in INTERFACE_LANGUAGES), None)


def interface_spoken() -> str:
    """The languages of the pages in words: ``English, Español (draft)``."""
    return ", ".join(f"{language_name(code)}{' (draft)' if draft else ''}" for code, draft in INTERFACE_LANGUAGES.items())

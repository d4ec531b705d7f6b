"""What the pages speak of the languages of a study, in words for its author."""

from __future__ import annotations

from collections.abc import Iterator

from qmethod.notice import Notice
from qmethod_studies.definition import Study
from qmethod_studies.languages import INTERFACE_SOURCE, interface_language, interface_languages, language_name
from qmethod_studies.words import unsaid, unspoken


def about_interface(study: Study) -> Iterator[Notice]:
    """Languages of a study that the pages themselves do not speak, or speak in a draft: what respondents read is in two languages, or unread.

    Parameters
    ----------
    study : Study

    Yields
    ------
    Notice
        Codes: ``no-interface``, ``draft-interface``.
    """
    named = {code: f"{language.name} ({code})" for code, language in study.languages.items()}
    for _code, message, advice in unspoken(study.words, {code: language.name for code, language in study.languages.items()}):
        yield Notice("no-interface", f"{message[:1].upper()}{message[1:]}. The study cannot be served like this: {advice}")
    if drafts := [named[code] for code in study.languages if interface_languages().get(interface_language(code) or "", False)]:
        message = f"Buttons, hints and messages of the pages in {', '.join(drafts)} are drafts: no native speaker has read them yet."
        left = {named[code]: n for code in study.languages if interface_language(code) and (n := len(unsaid(study.words, code)))}
        partly = [f" In {name} {n} of them {'is' if n == 1 else 'are'} still {language_name(INTERFACE_SOURCE)}." for name, n in left.items()]
        yield Notice("draft-interface", f"{message}{''.join(partly)} Let a native speaker try them.")

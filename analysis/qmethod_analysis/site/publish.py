"""A site from analyses: every page and file as bytes, always the same for the same analyses; and writing it into a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from qmethod import checks
from qmethod.errors import DataError, Fault, PolicyError
from qmethod_analysis.folder.listing import LARGEST_LISTING, digest, listing_of
from qmethod_analysis.folder.loaded import Loaded, load_analysis, with_texts
from qmethod_analysis.folder.renewing import ELSEWHERE, OUT, earlier, foreign
from qmethod_analysis.folder.staging import Change, Stage, file_digest, finish, is_inside, is_passing
from qmethod_analysis.folder.studied import remember
from qmethod_analysis.folder.viewpoints import read_solution
from qmethod_analysis.recipe.citations import checked_texts
from qmethod_analysis.recipe.inside import read_inside
from qmethod_analysis.recipe.reading import load as load_recipe
from qmethod_analysis.recipe.recipe import FILE_NAME as RECIPE
from qmethod_analysis.report.leaks import check
from qmethod_analysis.report.privacy import people_named, searched, withheld
from qmethod_analysis.site.package import checksums
from qmethod_analysis.site.pages import Published, assets, front_page, study_pages
from qmethod_analysis.site.preview import FILE as PICTURE
from qmethod_analysis.site.preview import site_address
from qmethod_analysis.words.language import SOURCE, speaking
from qmethod_analysis.words.language import language as spoken_now

LISTING = "site-files.txt"
"""Every file of a site with its checksum: by it an earlier site is known."""
_FIRST = "# Files of a site made by qmethod publish, with their SHA-256.\n"
GIVEN_ALONG = ("LICENSE", "LICENSE.txt", "LICENSE.md", "CITATION.cff")
"""Files that go into the data package where they lie in the folder of the analysis; nobody has looked at what stands in them."""
LARGEST_ALONG = 1_000_000
"""Bytes that such a file may have."""


def publish(
    analyses: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | Mapping[str, str],
    out: str | os.PathLike[str],
    *,
    address: str = "",
    language: str = "",
    overwrite: bool = False,
    progress: Callable[[str], None] | None = None,
) -> tuple[str, ...]:
    """Make a static site of one or more analyses, for everybody to read.

    Parameters
    ----------
    analyses : path, sequence of paths, or mapping of str to str
        Folders of analyses, one at least; in a mapping, each with its study: the folder of a study or of its export, or the name of one that ships
        (``""`` for that of the recipe).
    out : path
        Folder to write to; an earlier site of the same sorts and scores is renewed.
    address : str, optional
        Where the site will stand, such as ``https://example.org/study``. Links to its pages are then shown with a picture, which needs whole
        addresses; without it with title and description alone.
    language : str, optional
        In which the pages are written, such as ``es``; without it that of the recipe of each analysis.
    overwrite : bool, default False
        Whether an earlier site of others may go.
    progress : callable, optional
        Called with what is being done.

    Returns
    -------
    tuple of str
        The files that were written, ``index.html`` among them.

    Raises
    ------
    DataError
        If an analysis cannot be read or published, or the folder holds something else.
    PolicyError
        For an argument that cannot be; it is named.

    Examples
    --------
    >>> import qmethod
    >>> solution = qmethod.analyse(qmethod.datasets.load("climate").keep(range(40)), 2)
    >>> saved = qmethod.save(solution, "for-the-site")
    >>> "index.html" in qmethod.publish("for-the-site", "site")
    True
    """
    if isinstance(analyses, Mapping):
        pairs = {os.fspath(checks.path("analyses", folder)): checks.text("analyses", study) for folder, study in analyses.items()}
    else:
        given = [analyses] if isinstance(analyses, str | os.PathLike) else checks.several("analyses", analyses, "folders of analyses")
        pairs = {os.fspath(checks.path("analyses", folder)): "" for folder in given}
    if not pairs:
        raise PolicyError("`analyses` must hold the folder of one analysis at least; got none")
    there, address, language = checks.path("out", out), site_address(address), checks.text("language", language)
    overwrite = checks.switch("overwrite", overwrite)
    checks.calls("progress", progress)
    step = progress or (lambda _: None)
    return publish_site(pairs, there, address=address, language=language, overwrite=overwrite, progress=step).files


@dataclass(frozen=True, slots=True)
class Site:
    """A site that was written.

    Parameters
    ----------
    files : tuple of str
    size : int
        Bytes of all files.
    slugs : tuple of str
        Short names of the studies.
    change : Change
        What writing did to an earlier site.
    """

    files: tuple[str, ...]
    size: int
    slugs: tuple[str, ...]
    change: Change


def publish_site(
    analyses: Mapping[str, str], out: Path, *, address: str = "", language: str = "", overwrite: bool, progress: Callable[[str], None]
) -> Site:
    """The same, with what was done.

    Parameters
    ----------
    analyses : mapping of str to str
    out : pathlib.Path
    address : str, optional
        From `site_address`.
    language : str, optional
    overwrite : bool
    progress : callable
        As in `publish`.
    """
    if not analyses:
        raise DataError([Fault("there is nothing to publish: no analysis is named", advice="Name the folder of one at least.")])
    check_site(out)
    studies = []
    for folder, study in analyses.items():
        progress(f"reading {folder}")
        studies.append(read_study(Path(folder), study, language))
    progress("writing the pages")
    files = site(studies, address)
    change = write_site(out, files, overwrite=overwrite)
    for one in studies:
        with suppress(OSError):  # an analysis that cannot be written to is published all the same
            remember(one.loaded.folder, one.loaded.recipe, listing_of(one.loaded.folder).solution)
    return Site(tuple(files), sum(map(len, files.values())), tuple(one.slug for one in studies), change)


def read_study(folder: Path, study: str = "", language: str = "") -> Published:
    """An analysis with its study and the researcher's words.

    Parameters
    ----------
    folder : pathlib.Path
    study, language : str, optional
        As in `publish`.
    """
    texts = checked_texts(folder, read_solution(folder))
    code = language or load_recipe(folder / RECIPE).language
    with speaking(code):
        loaded = load_analysis(folder, study, texts.viewpoints, texts.themes)
    loaded = replace(loaded, recipe=replace(loaded.recipe, language=code))
    return Published(loaded, slug(folder.resolve().name.removesuffix("-analysis")), texts, beside(loaded))


def site(studies: Sequence[Published], address: str = "") -> dict[str, bytes]:
    """Every file of a site, by its path.

    Parameters
    ----------
    studies : sequence of Published
        One stands at the top of the site; several stand in a folder each, with a list of them in front.
    address : str, optional
        Where the site will stand, from `site_address`.

    Raises
    ------
    DataError
        If there is nothing to publish, two studies have the same short name, or a text names a participant.
    """
    slugs = [one.slug for one in studies]
    faults = [
        Fault(f"two studies are called {slug!r}", advice="Name their folders differently.")
        for slug in sorted({s for s in slugs if slugs.count(s) > 1})
    ]
    faults += [
        Fault("no sort defines any of the viewpoints, so there is nothing to publish", file=str(one.loaded.folder))
        for one in studies
        if all(reading is None for reading in one.loaded.interpretation.readings)
    ]
    studies = [_in_words(one) for one in studies]
    faults += [fault for one in studies for fault in people_named(one.loaded, one.texts, one.beside)]
    if faults:
        raise DataError(faults)
    several = len(studies) > 1
    made = assets()
    for one in studies:
        with speaking(_language(one)):
            pages = study_pages(one, f"{one.slug}/" if several else "", several, address)
        pictures = {name: "" for name in pages if name.endswith(PICTURE)}  # their words stand in every page, as what they say without being seen
        check(pages, pictures, searched(one.loaded, one.texts), withheld(one.loaded, one.texts))
        made |= pages
    if several:
        spoken = {_language(one) for one in studies}
        with speaking(spoken.pop() if len(spoken) == 1 else SOURCE):
            made["index.html"] = front_page([(f"{one.slug}/", one) for one in studies], address)
    made[LISTING] = _FIRST.encode() + checksums(made)
    return made


def _language(published: Published) -> str:
    """In which a study is published: the language of its recipe, or that which is being written."""
    return published.loaded.recipe.language or spoken_now()


def _in_words(published: Published) -> Published:
    """A study with the words of the researcher, in its language."""
    with speaking(_language(published)):
        return replace(published, loaded=with_texts(published.loaded, published.texts))


def slug(name: str) -> str:
    """A name for addresses and files: small letters, figures and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or "study"


def beside(loaded: Loaded) -> Mapping[str, bytes]:
    """Licence and citation that lie in the folder of an analysis; for a study that ships, where it comes from.

    Parameters
    ----------
    loaded : Loaded
    """
    from qmethod_studies import library
    from qmethod_studies.loading import load

    there = {name: read_inside(loaded.folder, name, LARGEST_ALONG, alone=True) for name in GIVEN_ALONG}
    found = {name: content for name, content in there.items() if content is not None}
    shipped, study = loaded.recipe.input.study, loaded.background.study
    if study is not None and study.study in library.definitions() and load(library.path(study.study)).digest() == study.digest():
        shipped = study.study
    if shipped:
        found["SOURCE.md"] = (library.path(shipped) / "README.md").read_bytes()
    return found


def check_site(folder: Path) -> None:
    """Refuse to write a site among other files.

    Raises
    ------
    DataError
        If `folder` is a file, or holds something but no earlier site.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError([Fault("this is a file; a site is written into a folder", file=str(folder), advice=ELSEWHERE, settings=(OUT,))])
    finish(folder)
    there = sorted(path.name for path in folder.iterdir() if not is_passing(path)) if folder.is_dir() else []
    if there and not _listing(folder):
        raise DataError([foreign("site", folder, there)])


def write_site(folder: Path, files: Mapping[str, bytes], *, overwrite: bool = False) -> Change:
    """Write a site; of an earlier one in the same place, files that are no longer part of it go, unless somebody changed them.

    Parameters
    ----------
    folder : pathlib.Path
    files : mapping of str to bytes
        From `site`.
    overwrite : bool, default False
        Whether the site of other analyses may go.

    Returns
    -------
    Change
        What went with the earlier site.

    Raises
    ------
    DataError
        If the folder holds something else, or files of the site that somebody changed.
    """
    check_site(folder)
    before = _listing(folder)
    if before and not overwrite and _sums(before) != _sums({name: digest(content) for name, content in files.items()}):
        raise DataError([earlier("site", folder)])
    new = {name: digest(content) for name, content in files.items()}
    there = {name: file_digest(folder / name) for name in before}
    edited = [name for name, made in before.items() if name in files and there[name] not in ("", made, new[name])]
    if edited:
        message = f"{', '.join(edited[:5])} {'was' if len(edited) == 1 else 'were'} changed since this site was made; nothing was written"
        raise DataError([Fault(message, file=str(folder), advice=f"Move what you changed elsewhere. {ELSEWHERE}", settings=(OUT,))])
    gone = [name for name, made in before.items() if name not in files and there[name] == made]
    made_of = {name: {sha256, before.get(name, "")} for name, sha256 in new.items()} | {name: {before[name]} for name in gone}
    with Stage(folder) as stage:
        for name in (*(name for name in files if name != LISTING), LISTING):
            stage.add(name, files[name])
        return stage.swap(made_of, gone, (LISTING, files[LISTING]))


def _sums(sums: Mapping[str, str]) -> dict[str, str]:
    """What is published, whatever is said of it: checksums of the sorts and of the scores found in them."""
    return {name: made for name, made in sums.items() if name.endswith(("data/sorts.csv", "data/z_scores.csv"))}


def _listing(folder: Path) -> dict[str, str]:
    """Files of the site in a folder and their checksums; empty where there is none."""
    content = read_inside(folder, LISTING, LARGEST_LISTING) or b""
    text = content.decode("utf-8", "replace")
    if not text.startswith(_FIRST):
        return {}
    lines = (line.partition("  ") for line in text[len(_FIRST) :].splitlines())
    return {name: made for made, _, name in lines if is_inside(name)}

"""``qmethod simulate``: sorts of people who do not exist, drawn from the reference viewpoints of a study."""

from __future__ import annotations

import csv
import io
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qmethod_analysis.commands.conventions import no_numbers
from qmethod_analysis.commands.options import STUDY, out_option, overwrite_option, seed_option, voice_options
from qmethod_analysis.commands.tolerance import PlainCommand
from qmethod_analysis.recipe.typed import MOST_DRAWN, decimals

if TYPE_CHECKING:
    from qmethod.simulation import Simulated
    from qmethod_studies.definition import Study

TRUTH_HEADER = ("participant", "viewpoint", "loading")


def _numbers(_ctx: click.Context, option: click.Parameter, value: str | None) -> tuple[float, ...]:
    """``"16,11,8,5"`` to ``(16.0, 11.0, 8.0, 5.0)``."""
    try:
        return decimals(value) if value else ()
    except ValueError as error:
        raise no_numbers(value or "", option.metavar or "", error) from None


def _range(ctx: click.Context, option: click.Parameter, value: str) -> tuple[float, float]:
    """``".6,.8"`` to ``(0.6, 0.8)``; a single number is a range of its own."""
    ends = _numbers(ctx, option, value)
    if not 1 <= len(ends) <= 2:
        raise click.BadParameter(f"{value!r} is not a range such as .6,.8")
    if not -1 <= ends[0] <= ends[-1] <= 1:
        raise click.BadParameter(f"{value!r} does not go from a lower to a higher loading within -1 to 1")
    return ends[0], ends[-1]


@click.command("simulate", cls=PlainCommand)
@click.argument("study", type=STUDY, metavar="STUDY")
@click.option(
    "-n", "--respondents", "n", type=click.IntRange(1, MOST_DRAWN), default=40, show_default=True, metavar="N", help="How many respondents."
)
@seed_option
@click.option(
    "--shares",
    callback=_numbers,
    metavar="16,11,8,5",
    help="How many respondents hold each viewpoint, in proportion and in the order of the study. [default: equally many]",
)
@click.option("--loadings", callback=_range, default=".6,.8", show_default=True, metavar="LOW,HIGH", help="Range of the respondents' true loadings.")
@out_option("CSV to write the sorts to; the truth goes beside it", metavar="FILE")
@overwrite_option
@click.option("--database", metavar="URL", help="Database to put them into, as submitted responses: sqlite:///file or postgresql://...")
@voice_options
def command(
    study: str,
    n: int,
    seed: int,
    shares: tuple[float, ...],
    loadings: tuple[float, float],
    out: Path | None,
    overwrite: bool,
    database: str | None,
) -> None:
    """Draw sorts of people who do not exist from a study's viewpoints.

    STUDY is a folder with study.yaml, the folder of an export, or the name of a study that ships with a definition, such as leadership. Each
    respondent holds one of its reference viewpoints; which one and how strongly is written to a second file, called FILE-truth.csv. All are called
    sim-0001, sim-0002 and so on, and wherever such sorts are read again it is said that they are simulated.

    \b
    Example:
      qmethod simulate leadership -n 40 --seed 1 --out sorts.csv
      qmethod analyse sorts.csv --factors 4
    """  # noqa: D301 - click reads \b
    import numpy as np

    from qmethod_analysis.commands.faults import AdvisedUsage
    from qmethod_analysis.commands.speaking import answer, next_steps, say, wants_json
    from qmethod_studies.loading import find, load
    from qmethod_studies.simulation import draw

    if out is None and database is None:
        raise AdvisedUsage("nothing says where the sorts go", "Add --out FILE, --database URL, or both.", click.get_current_context())
    definition = load(find(study))
    rng = np.random.default_rng(seed)
    drawn = draw(definition, n, rng, shares=shares, loadings=loadings)
    written = _write(out, definition, drawn, overwrite=overwrite) if out is not None else ()
    submitted = 0
    if database is not None:
        from qmethod_analysis.commands.working import counting
        from qmethod_studies.simulation import submit
        from qmethod_studies.store import Store

        with Store.open(database) as store, counting() as show:
            submitted = submit(store, definition, drawn, rng, partial(show, "Responses"))
    held = np.bincount(drawn.membership, minlength=len(definition.viewpoints)).tolist()
    if wants_json():
        viewpoints = [{"viewpoint": view.id, "sorts": sorts} for view, sorts in zip(definition.viewpoints, held, strict=True)]
        answer({"study": definition.study, "seed": seed, "viewpoints": viewpoints, "written": list(map(str, written)), "submitted": submitted})
    say(describe(definition, drawn, seed))
    if written:
        say(f"Written: {written[0]} (sorts), {written[1]} (the viewpoint and the loading behind each)")
    if database is not None:
        say(f"Put into the database: {submitted} submitted responses, marked as simulated")
        where = study if not Path(study).exists() else Path(study)
        next_steps(("export", where, "--database", database, "--include-simulated", "--out", f"{definition.study}-export"))
    else:
        next_steps(*(("inspect", path) for path in written[:1]))


def describe(study: Study, drawn: Simulated, seed: int) -> str:
    """What was drawn, and that nobody real is in it.

    Parameters
    ----------
    study : Study
    drawn : Simulated
    seed : int
    """
    lines = [
        f"{drawn.data.n_sorts} simulated sorts of the study {study.study} (seed {seed}). "
        "They were drawn by a computer: nobody real is in them, and they are evidence of nothing but the method.",
    ]
    for k, viewpoint in enumerate(study.viewpoints):
        loadings = drawn.loadings[drawn.membership == k]
        held = f"true loadings {loadings.min():.2f} to {loadings.max():.2f}" if loadings.size else "held by nobody"
        lines.append(f"  {loadings.size:>4}  {viewpoint.name.in_(study.first_language)} ({held})")
    return "\n".join(lines)


def truth_table(study: Study, drawn: Simulated) -> str:
    """CSV with the viewpoint and the true loading of each simulated participant.

    Parameters
    ----------
    study : Study
    drawn : Simulated
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(TRUTH_HEADER)
    for name, k, loading in zip(drawn.data.participants, drawn.membership.tolist(), drawn.loadings.tolist(), strict=True):
        writer.writerow([name, study.viewpoints[k].id, f"{loading:.6f}"])
    return out.getvalue()


def _write(out: Path, study: Study, drawn: Simulated, *, overwrite: bool) -> tuple[Path, ...]:
    """Write sorts and truth; never over real sorts, which cannot be made again."""
    from qmethod.errors import DataError
    from qmethod.formats import write_csv
    from qmethod.formats.putting import place
    from qmethod.simulation import PREFIX
    from qmethod_analysis.folder.renewing import begins, file_fault

    truth = out.with_name(f"{out.stem}-truth.csv")
    with tempfile.TemporaryDirectory() as there:
        made = Path(there) / "sorts.csv"
        write_csv(drawn.data, made)
        files = {out: made.read_bytes(), truth: truth_table(study, drawn).encode()}
    kinds = {out: ("simulation", begins(f"statement,text,{PREFIX}")), truth: ("truth of a simulation", begins(",".join(TRUTH_HEADER)))}
    faults = [fault for path, content in files.items() if (fault := file_fault(path, content, *kinds[path], overwrite=overwrite)) is not None]
    if faults:
        raise DataError(faults)
    place(files)
    return out, truth

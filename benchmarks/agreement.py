"""How far this engine's figures are from those of other programs, on the sorts in tests/reference.

Run: ``make agreement``. Each cell is the largest absolute difference over the whole table, factors in the order and direction the
preset gives them; flags, arrays and levels are counts of cells that differ. tests/reference/README.md says where the figures come from.
"""

from __future__ import annotations

import numpy as np

from qmethod import analyse
from tests.references import HERE, SETS, kade_folder, numbers, r_folder, sorts, table, truths

LEVELS = {"": np.nan, "*": 0.05, "**": 0.01, "***": 0.001, "6*": 1e-6, "NA": np.nan}


def against_r() -> None:
    """R qmethod 1.8.4 with its varimax run to a tight stop, preset qmethod-r."""
    print("R qmethod 1.8.4 (preset qmethod-r)")
    print(f"{'sorts':<16} {'extraction':<9} k  unrotated  loadings   z-scores   SED        flags arrays  of which tied  levels")
    for name in SETS:
        for extraction in ("pca", "centroid"):
            for k in (2, 3, 4, 5):
                solution = analyse(sorts(name), k, preset="qmethod-r", extraction=extraction)
                folder = r_folder(name, extraction, k)
                unrotated = numbers(r_folder(name, extraction, k, "none") / "loadings.csv")
                signs = np.sign((solution.extraction.loadings * unrotated).sum(axis=0))
                z, arrays = numbers(folder / "zscores.csv"), numbers(folder / "factor_arrays.csv")
                defined = solution.characteristics.n_defining > 0
                apart = (solution.scores.arrays != arrays) & defined
                tied = {(label, s) for label, run in solution.scores.ties for s in run}
                known = sum((solution.labels[j], solution.data.statements[i]) in tied for i, j in np.argwhere(apart))
                sed = numbers(folder / "sed.csv")[np.ix_(defined, defined)] - solution.contrasts.sed[np.ix_(defined, defined)]
                print(
                    f"{name:<16} {extraction:<9} {k}  {np.abs(solution.extraction.loadings * signs - unrotated).max():<9.1e}  "
                    f"{np.abs(solution.loadings - numbers(folder / 'loadings.csv')).max():<9.1e}  "
                    f"{np.nanmax(np.abs(solution.scores.z_scores - z)):<9.1e}  {np.abs(sed).max():<9.1e}  "
                    f"{int((solution.flags != truths(folder / 'flagged.csv')).sum()):>5} {int(apart.sum()):>6} {known:>14}  "
                    f"{_levels(solution, folder):>6}"
                )


def _levels(solution, folder) -> str:
    if not (folder / "qdc.csv").exists():
        return "none"
    columns, _, cells = table(folder / "qdc.csv")
    wrong = 0
    for pair, (a, b) in enumerate(solution.contrasts.pairs):
        name = f"sig_f{a + 1}_f{b + 1}"
        if name in columns:
            theirs = np.array([LEVELS[row[columns.index(name)]] for row in cells])
            ours = solution.contrasts.levels[:, pair]
            wrong += int((~((theirs == ours) | (np.isnan(theirs) & np.isnan(ours)))).sum())
    return str(wrong)


def against_kade() -> None:
    """KADE 1.3, which rounds between its steps, preset kade."""
    print("\nKADE 1.3, lipset, three factors (preset kade)")
    for extraction in ("pca", "centroid", "horst"):
        solution, folder = analyse(sorts("lipset"), 3, preset="kade", extraction=extraction), kade_folder(extraction)
        print(
            f"{extraction:<9} loadings {np.abs(solution.loadings - numbers(folder / 'loadings.csv')).max():.1e}  "
            f"z-scores {np.abs(solution.scores.z_scores - numbers(folder / 'zscores.csv')).max():.1e}  "
            f"flags {int((solution.flags != truths(folder / 'flagged.csv')).sum())}  "
            f"arrays {int((solution.scores.arrays != numbers(folder / 'factor_arrays.csv')).sum())}"
        )


def against_the_publication() -> None:
    """Andreotta et al. (2022): one component, significant sorts, two poles."""
    published = numbers(HERE / "climate_s1" / "published" / "study-2-factor-scores.csv")
    solution = analyse(sorts("climate_s1"), 1, bipolar="split")
    print(
        f"\nAndreotta et al. (2022), climate_s1: z-scores {np.abs(solution.scores.z_scores - published[:, :2]).max():.1e}  "
        f"arrays {int((solution.scores.arrays != published[:, 2:]).sum())}"
    )


if __name__ == "__main__":
    against_r()
    against_kade()
    against_the_publication()

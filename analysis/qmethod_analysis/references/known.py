"""Every publication that an analysis can rest on, once. The docstring of the code that uses one cites it too, and a test holds the two together."""

from __future__ import annotations

import re
from types import MappingProxyType

from qmethod_analysis.references.reference import Reference
from qmethod_studies.credit import Author

PLACE = re.compile(r"(?P<within>.+?)(?:, (?P<volume>\d+)(?:\((?P<issue>[\d-]+)\))?)?(?:, (?P<pages>[e\d-]+))?")
"""``Biometrika, 78(2), 301-304``: a journal, its volume and issue, pages."""


def _people(authors: str) -> tuple[Author, ...]:
    """Authors between semicolons."""
    return tuple(Author(family, given) for family, _, given in (one.partition(", ") for one in authors.split("; ")))


def _article(key: str, authors: str, year: int, title: str, place: str, doi: str = "") -> Reference:
    """In a journal; three dots after the last author say that there are more."""
    named, found = authors.removesuffix("; ..."), PLACE.fullmatch(place)
    assert found is not None
    within, volume, issue, pages = (text or "" for text in found.group("within", "volume", "issue", "pages"))
    return Reference(
        key=key,
        kind="article",
        authors=_people(named),
        others=named != authors,
        year=str(year),
        title=title,
        within=within,
        volume=volume,
        issue=issue,
        pages=pages,
        doi=doi,
    )


def _book(key: str, authors: str, year: int, title: str, publisher: str = "", edition: str = "") -> Reference:
    return Reference(key=key, kind="book", authors=_people(authors), year=str(year), title=title, publisher=publisher, edition=edition)


_WORKS = (
    _article(
        "achim2017",
        "Achim, A.",
        2017,
        "Testing the number of required dimensions in exploratory factor analysis",
        "The Quantitative Methods for Psychology, 13(1), 64-74",
        doi="10.20982/tqmp.13.1.p064",
    ),
    _article("banasick2019", "Banasick, S.", 2019, "KADE: A desktop application for Q methodology", "Journal of Open Source Software, 4(36), 1360"),
    _article(
        "benjamini1995",
        "Benjamini, Y.; Hochberg, Y.",
        1995,
        "Controlling the false discovery rate",
        "Journal of the Royal Statistical Society B, 57(1), 289-300",
    ),
    _article("besag1991", "Besag, J.; Clifford, P.", 1991, "Sequential Monte Carlo p-values", "Biometrika, 78(2), 301-304"),
    _article("braeken2017", "Braeken, J.; van Assen, M. A. L. M.", 2017, "An empirical Kaiser criterion", "Psychological Methods, 22(3), 450-466"),
    _book("brown1980", "Brown, S. R.", 1980, "Political Subjectivity", "Yale University Press"),
    _article("buja1992", "Buja, A.; Eyuboglu, N.", 1992, "Remarks on parallel analysis", "Multivariate Behavioral Research, 27(4), 509-540"),
    _article(
        "churruca2021",
        "Churruca, K.; Ludlow, K.; Wu, W.; ...",
        2021,
        "A scoping review of Q-methodology in healthcare research",
        "BMC Medical Research Methodology, 21, 125",
    ),
    _article(
        "clopper1934",
        "Clopper, C. J.; Pearson, E. S.",
        1934,
        "The use of confidence or fiducial limits illustrated in the case of the binomial",
        "Biometrika, 26(4), 404-413",
    ),
    _book("cohen1988", "Cohen, J.", 1988, "Statistical Power Analysis for the Behavioral Sciences", "Lawrence Erlbaum", edition="2nd"),
    _article(
        "crawford1970",
        "Crawford, C. B.; Ferguson, G. A.",
        1970,
        "A general rotation criterion and its use in orthogonal rotation",
        "Psychometrika, 35(3), 321-332",
    ),
    _article("davison1986", "Davison, A. C.; Hinkley, D. V.; Schechtman, E.", 1986, "Efficient bootstrap simulation", "Biometrika, 73(3), 555-566"),
    _book("davison1997", "Davison, A. C.; Hinkley, D. V.", 1997, "Bootstrap Methods and their Application", "Cambridge University Press"),
    _article(
        "diaconis2009",
        "Diaconis, P.",
        2009,
        "The Markov chain Monte Carlo revolution",
        "Bulletin of the American Mathematical Society, 46(2), 179-205",
    ),
    _article(
        "dieteren2023",
        "Dieteren, C. M.; Patty, N. J. S.; Reckers-Droog, V. T.; van Exel, J.",
        2023,
        "Methodological choices in applications of Q methodology",
        "Social Sciences & Humanities Open",
    ),
    _article("efron1979", "Efron, B.", 1979, "Bootstrap methods: another look at the jackknife", "Annals of Statistics, 7(1), 1-26"),
    _book("efron1993", "Efron, B.; Tibshirani, R. J.", 1993, "An Introduction to the Bootstrap", "Chapman & Hall"),
    _article(
        "fisher1921", "Fisher, R. A.", 1921, "On the “probable error” of a coefficient of correlation deduced from a small sample", "Metron, 1, 3-32"
    ),
    _article(
        "fisher1922",
        "Fisher, R. A.",
        1922,
        "On the interpretation of chi-square from contingency tables, and the calculation of P",
        "Journal of the Royal Statistical Society, 85(1), 87-94",
    ),
    _article(
        "goretzko2020",
        "Goretzko, D.; Bühner, M.",
        2020,
        "One model to rule them all? Using machine learning algorithms to determine the number of factors in exploratory factor analysis",
        "Psychological Methods, 25(6), 776-786",
    ),
    _article(
        "guo2017",
        "Guo, C.; Pleiss, G.; Sun, Y.; Weinberger, K. Q.",
        2017,
        "On calibration of modern neural networks",
        "Proceedings of Machine Learning Research, 70, 1321-1330",
    ),
    _book("harman1976", "Harman, H. H.", 1976, "Modern Factor Analysis", "University of Chicago Press", edition="3rd"),
    _article(
        "hesterberg2015",
        "Hesterberg, T. C.",
        2015,
        "What teachers should know about the bootstrap: resampling in the undergraduate statistics curriculum",
        "The American Statistician, 69(4), 371-386",
    ),
    _article(
        "holm1979", "Holm, S.", 1979, "A simple sequentially rejective multiple test procedure", "Scandinavian Journal of Statistics, 6(2), 65-70"
    ),
    _article("horn1965", "Horn, J. L.", 1965, "A rationale and test for the number of factors in factor analysis", "Psychometrika, 30(2), 179-185"),
    _book("horst1965", "Horst, P.", 1965, "Factor Analysis of Data Matrices", "Holt, Rinehart and Winston"),
    _article("kaiser1958", "Kaiser, H. F.", 1958, "The varimax criterion for analytic rotation in factor analysis", "Psychometrika, 23(3), 187-200"),
    _article(
        "kaiser1959",
        "Kaiser, H. F.",
        1959,
        "Computer program for varimax rotation in factor analysis",
        "Educational and Psychological Measurement, 19(3), 413-420",
    ),
    _article(
        "kaiser1960",
        "Kaiser, H. F.",
        1960,
        "The application of electronic computers to factor analysis",
        "Educational and Psychological Measurement, 20(1), 141-151",
    ),
    _article("kendall1945", "Kendall, M. G.", 1945, "The treatment of ties in ranking problems", "Biometrika, 33(3), 239-251"),
    _book("kish1965", "Kish, L.", 1965, "Survey Sampling", "Wiley"),
    _article(
        "korth1975",
        "Korth, B.; Tucker, L. R.",
        1975,
        "The distribution of chance congruence coefficients from simulated data",
        "Psychometrika, 40(3), 361-372",
    ),
    _article("kuhn1955", "Kuhn, H. W.", 1955, "The Hungarian method for the assignment problem", "Naval Research Logistics Quarterly, 2(1-2), 83-97"),
    _book("lawley1971", "Lawley, D. N.; Maxwell, A. E.", 1971, "Factor Analysis as a Statistical Method", "Butterworths", edition="2nd"),
    _article(
        "lindley1972",
        "Lindley, D. V.; Smith, A. F. M.",
        1972,
        "Bayes estimates for the linear model",
        "Journal of the Royal Statistical Society B, 34(1), 1-41",
    ),
    _article(
        "lorenzoseva2006",
        "Lorenzo-Seva, U.; ten Berge, J. M. F.",
        2006,
        "Tucker’s congruence coefficient as a meaningful index of factor similarity",
        "Methodology, 2(2), 57-64",
        doi="10.1027/1614-2241.2.2.57",
    ),
    Reference(
        key="mcfadden1974",
        kind="chapter",
        authors=(Author("McFadden", "D."),),
        year="1974",
        title="Conditional logit analysis of qualitative choice behavior",
        within="Frontiers in Econometrics",
        editor=Author("Zarembka", "P."),
        pages="105-142",
        publisher="Academic Press",
    ),
    _article(
        "phipson2010",
        "Phipson, B.; Smyth, G. K.",
        2010,
        "Permutation P-values should never be zero",
        "Statistical Applications in Genetics and Molecular Biology, 9(1)",
    ),
    _article(
        "raiche2013",
        "Raîche, G.; Walls, T. A.; Magis, D.; Riopel, M.; Blais, J.-G.",
        2013,
        "Non-graphical solutions for Cattell’s scree test",
        "Methodology, 9(1), 23-29",
    ),
    _article(
        "schonemann1966", "Schönemann, P. H.", 1966, "A generalized solution of the orthogonal Procrustes problem", "Psychometrika, 31(1), 1-10"
    ),
    _article(
        "schuirmann1987",
        "Schuirmann, D. J.",
        1987,
        "A comparison of the two one-sided tests procedure and the power approach for assessing the equivalence of average bioavailability",
        "Journal of Pharmacokinetics and Biopharmaceutics, 15(6), 657-680",
    ),
    _article(
        "silver1987",
        "Silver, N. C.; Dunlap, W. P.",
        1987,
        "Averaging correlation coefficients: Should Fisher’s z transformation be used?",
        "Journal of Applied Psychology, 72(1), 146-148",
    ),
    _article("spearman1910", "Spearman, C.", 1910, "Correlation calculated from faulty data", "British Journal of Psychology, 3(3), 271-295"),
    _article("stephens2017", "Stephens, M.", 2017, "False discovery rates: a new deal", "Biostatistics, 18(2), 275-294"),
    _article(
        "storey2002",
        "Storey, J. D.",
        2002,
        "A direct approach to false discovery rates",
        "Journal of the Royal Statistical Society B, 64(3), 479-498",
    ),
    _book("thurstone1947", "Thurstone, L. L.", 1947, "Multiple-Factor Analysis", "University of Chicago Press"),
    Reference(
        key="tucker1951",
        kind="report",
        authors=(Author("Tucker", "L. R."),),
        year="1951",
        title="A method for synthesis of factor analysis studies",
        number="Personnel Research Section Report 984",
        publisher="Department of the Army",
    ),
    _article(
        "velicer1976",
        "Velicer, W. F.",
        1976,
        "Determining the number of components from the matrix of partial correlations",
        "Psychometrika, 41(3), 321-327",
    ),
    _book("watts2012", "Watts, S.; Stenner, P.", 2012, "Doing Q Methodological Research: Theory, Method and Interpretation", "Sage"),
    _article(
        "zabala2014", "Zabala, A.", 2014, "qmethod: A package to explore human perspectives using Q methodology", "The R Journal, 6(2), 163-173"
    ),
    _article(
        "zabala2016",
        "Zabala, A.; Pascual, U.",
        2016,
        "Bootstrapping Q methodology to improve the understanding of human perspectives",
        "PLOS ONE, 11(2), e0148087",
    ),
    _article(
        "zabala2018",
        "Zabala, A.; Sandbrook, C.; Mukherjee, N.",
        2018,
        "When and how to use Q methodology to understand perspectives in conservation research",
        "Conservation Biology",
        doi="10.1111/cobi.13123",
    ),
)
KNOWN = MappingProxyType({one.key: one for one in _WORKS})
"""Each publication by its key."""


def program(version: str) -> Reference:
    """The reference for this program, as its ``CITATION.cff`` names it.

    Parameters
    ----------
    version : str
        The one that was used; empty where it is not known.
    """
    title = "qmethod: Q methodology from card sorts to published viewpoints"
    return Reference(key="qmethod", kind="software", authors=(Author("The qmethod authors"),), title=title, version=version)

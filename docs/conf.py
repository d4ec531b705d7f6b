from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import qmethod

project = "qmethod"
author = "The qmethod authors"
copyright = "2026, The qmethod authors"
release = version = qmethod.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc"]
extensions += ["_ext.shown", "_ext.early_stop", "_ext.study_fields", "_ext.settings", "_ext.checklist", "_ext.rooms", "_ext.formats", "_ext.terms"]
myst_enable_extensions = ["deflist", "substitution"]
myst_substitutions = json.loads((Path(__file__).parent / "validation" / "figures.json").read_text(encoding="utf-8"))
myst_heading_anchors = 3
nb_execution_mode = "force"  # a page shows what the program says today
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_execution_timeout = 300
exclude_patterns = ["_build", "_ext", "validation/*.md"]  # the latter are included by validation.md

autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
nitpicky = True

html_theme = "furo"
html_title = f"qmethod {release}"
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["shown.css"]

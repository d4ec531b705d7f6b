"""Where the views of the journey are registered; a module of its own, so that no view imports the package that imports it."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("respondent", __name__, template_folder="templates")

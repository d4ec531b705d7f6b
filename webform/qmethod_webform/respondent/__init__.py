"""The journey of a respondent: from the welcome to the thanks, and the way back out."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("respondent", __name__, template_folder="templates")

from qmethod_webform.respondent import acting, entry, leaving, sorting, telling  # noqa: E402, F401 - they register their views

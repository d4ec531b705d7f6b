"""The logo and the colours of a study on its pages, from this host and never as anything that runs."""

from __future__ import annotations

from pathlib import Path

from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study
from tests.studies.test_look import PNG, with_look
from tests.webform.test_question_kinds import fresh_store


def test_a_study_shows_its_logo_and_colours(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(PNG)
    study = with_look(tmp_path, "{logo: logo.png, alt: University <b>, accent: '#7a1f5c'}")
    with fresh_store() as store:
        client = create_app([study, make_study()], store, Settings()).test_client()
        page = client.get("/small/")
        logo = f"/small/file/{study.files['logo.png'].digest}?v=1"
        assert f'<img class="logo" src="{logo}" alt="University &lt;b&gt;">' in page.text
        answer = client.get(logo)
        assert (answer.data, answer.mimetype) == (PNG, "image/png")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Security-Policy"] == page.headers["Content-Security-Policy"]
        sheet = client.get("/small/look.css")
        assert sheet.mimetype == "text/css"
        assert "--accent: #7a1f5c;" in sheet.text
        assert "/small/look.css?v=" in page.text
        for absent in (
            "/small/file/0123",
            "/small/file/logo.png",
            "/demo/look.css",
            f"/demo/file/{study.files['logo.png'].digest}",
            "/none/look.css",
        ):
            assert client.get(absent).status_code == 404
        assert "look.css" not in client.get("/demo/").text

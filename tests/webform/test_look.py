"""The logo and the colours of a study on its pages, from this host and never as anything that runs."""

from __future__ import annotations

from pathlib import Path

from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import act, make_study, piles, places
from tests.studies.test_look import PNG, with_look
from tests.studies.test_pictures import pictured
from tests.webform.people import new_key
from tests.webform.test_question_kinds import fresh_store, token


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
        rules = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
        of_page = dict(rule.split(" ", 1) for rule in page.headers["Content-Security-Policy"].split("; "))
        assert rules == of_page | {"style-src": "'unsafe-inline'", "script-src": "'none'"}
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


def test_a_card_shows_its_picture_with_the_words_for_it_on_every_page(tmp_path: Path) -> None:
    study = pictured(tmp_path / "study")
    text, (picture, sound) = "Statement 1.", (f"/small/file/{study.files[f'cards/a.{end}'].digest}?v=1" for end in ("png", "mp3"))
    image, player = f'<img class="picture" src="{picture}" alt="{text}">', f'<audio controls preload="none" src="{sound}" aria-label="{text}">'
    with fresh_store() as store:
        app = create_app([study], store, Settings())
        client = app.test_client()
        sent = {"csrf_token": token(client.get("/small/consent").text), "key": new_key(), "choice": "agree"}
        client.post("/small/consent", data=sent)

        def shown(address: str) -> str:
            page = client.get(address)
            assert page.status_code == 200, address
            assert "media-src 'self'" in page.headers["Content-Security-Policy"]
            return page.text

        page = shown("/small/presort?card=s1")
        assert image in page
        assert player in page
        assert f'<a class="zoom" href="{picture}"' in page
        (response,) = store.responses("small")
        store.save(response.handle, [*piles(study), act("finish", stage="presort")])
        page = shown("/small/refine")
        assert image in page
        store.save(response.handle, [*places(study), act("finish", stage="refine")])
        assert f'"image": "{picture}"' in shown("/small/grid").replace("\\u0026", "&")
        page = shown("/small/grid/list")
        assert image in page
        assert player in page
        store.save(response.handle, [act("finish", stage="grid")])
        assert image in shown("/small/why")
        store.save(response.handle, [act("finish", stage="why")])
        assert image in shown("/small/review")
        assert client.get(sound).mimetype == "audio/mpeg"
        part = client.get(sound, headers={"Range": "bytes=0-1"})  # what some browsers ask for first, and play nothing without
        assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, b"ID", "bytes 0-1/45")
        assert client.get(sound, headers={"If-None-Match": client.get(sound).headers["ETag"]}).status_code == 304

        # A server that does not have the files shows the words.
        elsewhere = create_app([study.carrying({})], store, Settings(secret_key=app.config["SECRET_KEY"])).test_client()
        elsewhere.set_cookie(app.config["SESSION_COOKIE_NAME"], client.get_cookie(app.config["SESSION_COOKIE_NAME"]).value)  # type: ignore[union-attr]
        page = elsewhere.get("/small/grid/list").text
        assert '<span class="statement" translate="no">Statement 1.</span>' in page
        assert "/file/" not in page

"""The page of questions as people meet it: what is missing or does not go together is said at the question, and nothing of it is lost."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from qmethod_studies.export import addresses, collect, export
from qmethod_studies.store import Store
from qmethod_webform.app import create_app
from qmethod_webform.settings import Settings
from tests.studies.store.acting import make_study, submitted
from tests.webform.people import new_key
from tests.webform.test_question_kinds import begin, fresh_store, token

OPTIONS = {"a": "Walks", "b": "Games", "none": "None of these"}


def asking(*questions: dict[str, Any]) -> Any:
    return make_study(languages={"en": {"name": "English"}}, questions={"before": list(questions)})


def send(client: FlaskClient, address: str = "/demo/before", **fields: Any) -> Any:
    page = client.get(address).text
    return client.post(address, data={"csrf_token": token(page), "key": new_key(), **fields}, follow_redirects=True)


@pytest.mark.parametrize(
    ("question", "sent", "said", "kept"),
    [
        ({"type": "choices", "options": OPTIONS, "alone": ["none"]}, {"q-x": ["a", "none"]}, "One of these goes with no other choice.", None),
        ({"type": "choices", "options": OPTIONS, "most": 1}, {"q-x": ["a", "b"]}, "Choose at most 1.", None),
        ({"type": "choices", "options": OPTIONS, "least": 2, "most": 3}, {"q-x": ["a"]}, "Choose at least 2 and at most 3.", ["a"]),
        ({"type": "text", "shortest": 5}, {"q-x": "abc"}, "Write at least 5 characters.", "abc"),
        ({"type": "date", "latest": "2026-01-31"}, {"q-x": "2026-02-01"}, "The last day that can be chosen is \u20662026-01-31\u2069.", None),
        ({"type": "date"}, {"q-x": "yesterday"}, "Write a day, such as \u20662026-05-31\u2069.", None),
        ({"type": "email"}, {"q-x": "ana"}, "Write an e-mail address, such as name@example.org.", None),
        ({"type": "ranking", "options": OPTIONS}, {"q-x:sent": "1", "q-x:a": "1", "q-x:b": "1"}, "Give each place only once.", None),
        ({"type": "ranking", "options": OPTIONS, "required": True}, {"q-x:sent": "1", "q-x:a": "1"}, "Please answer this question.", {"a": 1}),
        ({"type": "slider", "minimum": 0, "maximum": 10}, {"q-x": "11"}, "Write a number from 0 to 10.", None),
    ],
)
def test_what_does_not_do_is_said_without_a_script(question: dict[str, Any], sent: dict[str, Any], said: str, kept: Any) -> None:
    study = asking({"id": "x", "label": "Which?", **question})
    with fresh_store() as store:
        client = create_app([study], store, Settings()).test_client()
        begin(client)
        page = send(client, **sent)
        assert page.status_code == 400
        assert f'id="q-x-error">{said}</p>' in page.text
        (response,) = store.responses("demo")
        assert response.answers.get("x") == kept
        assert "presort" not in page.request.path


def test_addresses_stand_in_no_file_of_an_export_but_in_one_of_their_own(tmp_path: Any) -> None:
    def exported(**keys: Any) -> tuple[dict[str, bytes], bytes]:
        study = make_study(
            questions={
                "before": [
                    {"id": "age", "type": "number", "label": {"en": "Age", "es": "Edad"}},
                    {"id": "mail", "type": "email", "label": {"en": "Mail", "es": "Correo"}, **keys},
                ],
                "after": [{"id": "end", "type": "information", "label": {"en": "The end", "es": "Fin"}}],
            }
        )
        with Store.open(f"sqlite:///{tmp_path / str(len(keys))}.sqlite3") as store:
            store.register(study)
            for name in ("zoe@example.org", "ana@example.org", "ana@example.org"):
                begun = submitted(store, study, answers={"mail": name})
                assert begun.response.answers["mail"] == name
            found = collect(store, "demo")
            return dict(export(found).files), addresses(found)

    files, apart = exported()
    assert not any(b"@example.org" in content for content in files.values())
    assert b"personal" in files["README.txt"]
    assert apart == b"question,address\nmail,ana@example.org\nmail,zoe@example.org\n"
    files, apart = exported(beside_sorts=True)
    assert files["answers.csv"].count(b"@example.org") == 3
    assert apart == b"question,address\n"


def paged() -> Any:
    text = {"type": "text", "label": "?"}
    return asking(
        {"id": "one", **text, "required": True},
        {"id": "which", "type": "choice", "label": "Which?", "options": {"a": "A", "b": "B"}, "page": True},
        {"id": "only-a", **text, "page": True, "show_if": {"question": "which", "is": ["a"]}, "required": True},
        {"id": "last", **text, "page": True, "required": True},
        {"id": "same-page", **text},
    )


def test_questions_stand_on_pages_that_are_asked_for_one_by_one() -> None:
    with fresh_store() as store:
        client = create_app([paged()], store, Settings()).test_client()
        page = begin(client)
        assert "Page 1 of 3" in page
        assert 'data-question="one"' in page
        assert 'data-question="which"' not in page
        for later in ("2", "4"):
            assert client.get(f"/demo/before?page={later}").location == "/demo/before"  # the first is not done
        refused = client.post("/demo/before", data={"csrf_token": token(page), "key": new_key(), "q-one": ""})
        assert refused.status_code == 303
        assert "page=" not in refused.location

        answer = send(client, **{"q-one": "x", "q-last": "not of this page"})
        assert answer.request.full_path == "/demo/before?page=2"
        assert 'href="/demo/before"' in answer.text
        (response,) = store.responses("demo")
        assert dict(response.answers) == {"one": "x"}
        answer = send(client, "/demo/before?page=2", **{"q-which": "b"})
        assert answer.request.full_path == "/demo/before?page=4"  # nothing is asked on the third
        assert "Page 3 of 3" in answer.text
        assert client.get("/demo/before?page=3").location == "/demo/before"
        answer = send(client, "/demo/before?page=2", **{"q-which": "a"})
        assert answer.request.full_path == "/demo/before?page=3"
        assert "Page 3 of 4" in answer.text

        answer = send(client, "/demo/before?page=3", **{"q-only-a": ""})
        assert (answer.status_code, "Please answer this question." in answer.text) == (400, True)
        assert answer.request.path == "/demo/before"
        assert answer.request.args["page"] == "3"
        again = client.get(answer.request.full_path)  # shown once: then the page itself, and no other
        assert again.location == "/demo/before?page=3"
        answer = send(client, "/demo/before?page=3", **{"q-only-a": "y"})
        assert answer.request.full_path == "/demo/before?page=4"
        answer = send(client, "/demo/before?page=4", **{"q-last": "z", "q-same-page": ""})
        assert answer.request.path == "/demo/presort"
        back = client.get("/demo/before?page=4").text
        assert 'value="z"' in back
        assert 'href="/demo/before?page=3"' in back


@pytest.mark.parametrize("wrong", ["0", "9", "-1", "x", "²", "1" * 50, "01", ""])
def test_a_page_that_is_none_leads_to_the_first(wrong: str) -> None:
    with fresh_store() as store:
        client = create_app([paged()], store, Settings()).test_client()
        begin(client)
        assert client.get("/demo/before", query_string={"page": wrong}).location == "/demo/before"


def test_a_study_without_pages_is_stored_as_it_was() -> None:
    whole = asking({"id": "one", "type": "text", "label": "?"}).model_dump_json()
    assert '"page"' not in whole
    assert '"page":true' in paged().model_dump_json()


def test_longer_texts_are_formatted_where_the_study_says_so() -> None:
    texts = {name: {"en": f"**{name}** <b>\n\n- one"} for name in ("welcome", "consent", "thanks")}
    asked = {"before": [{"id": "i", "type": "information", "label": "**info**"}, {"id": "q", "type": "text", "label": "**question**"}]}
    for formatted in (True, False):
        study = make_study(languages={"en": {"name": "English"}}, questions=asked, formatted=formatted, **texts)
        with fresh_store() as store:
            client = create_app([study], store, Settings()).test_client()
            for address, name in (("/demo/", "welcome"), ("/demo/consent", "consent")):
                page = client.get(address).text
                assert (f"<p><strong>{name}</strong> &lt;b&gt;</p>\n<ul>\n<li>one</li>" in page) is formatted
                assert (f"<p>**{name}** &lt;b&gt;</p>\n<p>- one</p>" in page) is not formatted
            page = begin(client)
            assert ("<strong>info</strong>" in page) is formatted
            assert "**question**" in page

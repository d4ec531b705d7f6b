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

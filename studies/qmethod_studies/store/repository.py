"""The store of responses: each method is one transaction."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Engine, select

from qmethod_studies.admission import Places, Why
from qmethod_studies.definition import Study
from qmethod_studies.store import access, beginning, browsers, codes, guessing, models, origins, people, places, registering, rows, saving
from qmethod_studies.store.acts import Trail, trail
from qmethod_studies.store.definitions import Definitions
from qmethod_studies.store.reading import Reading
from qmethod_studies.store.schema import Prepared
from qmethod_studies.store.values import (
    KEY,
    AccessKind,
    Begun,
    Event,
    Handle,
    Incomplete,
    Invitation,
    Known,
    Opened,
    Response,
    Saved,
    Submitted,
    Unavailable,
)

_TRIES = 10
"""How often what was worked out for a response is worked out anew, because another process has changed it meanwhile."""


class Store(Reading):
    """Where studies, respondents and their sorts are kept. Threads may share one. Made by `Store.open`.

    Every method raises `Unavailable` where the database does not answer; nothing of the call is then kept, and it can be made again.
    """

    def __init__(self, engine: Engine, prepared: Prepared, at_once: int | None = None) -> None:
        super().__init__(engine, prepared, at_once)
        self._definitions = Definitions()

    def _unseal(self, key_name: str, sealed: str, about: str) -> Any:
        with self._noting_damage():
            return self._keys.unseal(key_name, sealed, about)

    # Studies

    def signature(self, study: str, participant: str) -> str:
        """What an address bears beside a participant's id, to show that it was made here: 22 characters, 128 bits."""
        with self._read() as connection:
            return codes.signature(origins.origin(connection, study).secret, study, participant)

    def receipt(self, study: str, code_hash: str) -> str:
        """What a panel is told of a person by the hash of their code: nothing is opened by it, and the code cannot be had from it."""
        with self._read() as connection:
            return codes.receipt(origins.origin(connection, study).secret, study, code_hash)

    def register(self, study: Study) -> None:
        """Remember a definition, so that people can take part in it.

        Texts that are no part of the structure may change at any time; the structure only until somebody has answered.

        Raises
        ------
        DataError
            Listing what changed in the structure of a version that has responses.
        """
        with self._write() as connection:
            registering.register(connection, study)

    # Who may take part

    def guessed(self, study: str, network: str, at_once: int) -> int:
        """Seconds after which an access code of a network is looked at, whichever process is asked; 0 where that is now, and it counts as wrong."""
        with self._write() as connection:
            return guessing.wait(connection, self._guesser(study, network), time.time(), at_once)

    def guessed_right(self, study: str, network: str, at_once: int) -> None:
        """Take back what the last code of a network was counted as: it was right."""
        with self._write() as connection:
            guessing.right(connection, self._guesser(study, network), at_once)

    def _guesser(self, study: str, network: str) -> str:
        return hmac.new(self.derived_key("networks that guess"), f"{study}\n{network}".encode(), "sha256").hexdigest()

    def invite(
        self,
        study: str,
        kind: AccessKind,
        *,
        participants: Sequence[str | None],
        uses: int | None = 1,
        secret: str | None = None,
        renew: bool = False,
        condition: str | None = None,
        deliver: Callable[[list[Invitation]], object] | None = None,
    ) -> list[Invitation]:
        """Make invitations. Their secrets are in what is returned, and nowhere else.

        Parameters
        ----------
        study : str
        kind : {"link", "code"}
        participants : sequence of str or None
            Whom each is for; None for a pseudonym given at the beginning.
        uses : int or None, default 1
            How many people may begin with each; None for any number.
        secret : str, optional
            An access code chosen by the researcher, of at least 8 characters without blanks and hyphens, and hard to guess.
        renew : bool, default False
            Whether a new invitation for a participant may replace the earlier one of its kind, which opens nothing any more then.
        condition : str, optional
            Id of the condition of instruction that they lead to, for a study that assigns them by link.
        deliver : callable, optional
            Called with the invitations before any of them counts; where it fails, none was made and none replaced.

        Raises
        ------
        AlreadyInvited
            If a participant has an invitation of this kind already and `renew` is not set.
        DataError
            For an unknown study, unusable participants, a code that is too short, too easy to guess or there already.
        """
        made = access.new_secrets(kind, participants, uses, secret)
        with self._read() as connection:
            study_id, salt = access.salt_of(connection, study)
        hashes = [codes.secret_hash(kind, one, salt) for one in made]  # slow on purpose, so outside the transaction
        with self._write() as connection:
            kept = access.keep(connection, study_id, study, kind, hashes, participants, uses, renew=renew, condition=condition)
            invitations = [_with_secret(invitation, one) for invitation, one in zip(kept, made, strict=True)]
            if deliver is not None:
                deliver(invitations)
        return invitations

    def invited(self, study: str, kind: AccessKind, participants: Sequence[str | None]) -> tuple[str, ...]:
        """Which participants have an invitation of a kind, in the order given; none where the study is not in the store.

        Parameters
        ----------
        study : str
        kind : {"link", "code"}
        participants : sequence of str or None
        """
        with self._read() as connection:
            number = connection.scalar(select(models.study.c.id).where(models.study.c.name == study))
            return () if number is None else access.invited(connection, study, number, kind, participants)

    def invitation(self, study: str, kind: AccessKind, secret: str, *, key: str | None = None) -> Invitation | None:
        """The invitation that a link or an access code stands for.

        Parameters
        ----------
        study : str
        kind : {"link", "code"}
        secret : str
            As typed: capitals, blanks and hyphens of a code do not matter.
        key : str, optional
            The key that `begin` is about to be called with. Where it has begun a response by this invitation already, and the reply was lost, the
            invitation is found although that was its last use.

        Returns
        -------
        Invitation or None
            None for an unknown or used up one. A personal link stays known, because it leads back to its response.
        """
        if not secret or len(secret) > 200 or any("\ud800" <= sign <= "\udfff" for sign in secret):
            return None
        with self._read() as connection:
            study_id, salt = access.salt_of(connection, study)
        digest = codes.secret_hash(kind, secret, salt)
        with self._read() as connection:
            return access.find(connection, study_id, study, kind, digest, key)

    # Respondents

    def begin(
        self,
        study: Study,
        *,
        language: str,
        participant: str | None = None,
        invitation: Invitation | None = None,
        key: str,
        order_seed: int | None = None,
        simulated: bool = False,
    ) -> Begun:
        """Record that somebody agreed to the consent text, and make their response.

        Parameters
        ----------
        study : Study
            Registered before.
        language : str
            The one in which the consent was read.
        participant : str, optional
            1 to 200 characters, kept byte for byte; that of the invitation where it names one; else a pseudonym of 8 signs.
        invitation : Invitation, optional
            One use of it is counted.
        key : str
            8 to 64 of ``A-Za-z0-9_-``, random, from the page. The same key again gives the same response and code. Personal links bring their own.
        order_seed : int, optional
            Decides the order of statements, for simulations.
        simulated : bool, default False

        Raises
        ------
        Taken
            If the participant has a response that was begun with another key.
        UsedUp
            If the invitation has no uses left, or what was begun with it was withdrawn.
        NotOpen
            If the study is closed or full, or has waves and none of them is open today.
        DataError
            If the study is not registered, or the participant's id cannot be kept.
        """
        with self._write() as connection:
            return beginning.begin(
                connection,
                study,
                language=language,
                participant=participant,
                invited=invitation,
                key=key,
                order_seed=order_seed,
                simulated=simulated,
            )

    def decline(self, study: Study, *, participant: str | None = None, invitation: Invitation | None = None, key: str) -> Begun | None:
        """Record that somebody declined, and on which day; nothing else.

        Who it was is not kept: neither id, nor order, nor language. A keyed hash makes that whoever declines twice counts once, and whoever thinks
        again not at all.

        Parameters
        ----------
        study : Study
            Registered before.
        participant : str, optional
        invitation : Invitation, optional
        key : str
            As for `begin`.

        Returns
        -------
        Begun or None
            What was begun with this key before, where there is something: going back in a browser is no withdrawal.

        Raises
        ------
        UsedUp
            If what was begun with the invitation was withdrawn.
        """
        with self._write() as connection:
            return beginning.decline(connection, study, participant=participant, invited=invitation, key=key)

    def places(self, study: Study) -> Places:
        """The places of a study's quota that are taken; none where it has no quota."""
        if study.quota is None:
            return Places()
        with self._read() as connection:
            return places.places(connection, study, datetime.now(UTC))

    def barred(self, response: Handle) -> Why | None:
        """Why somebody who has begun cannot finish any more, in a study that says so; None where they can."""
        with self._read() as connection:
            row = connection.execute(rows.BY_HANDLE, response._asdict()).one_or_none()
            return None if row is None else saving.barred(connection, row, self._definitions.whole(connection, row))

    def find(self, study: str, code: str) -> Response | None:
        """The last response of the person whom a respondent's code leads to, however it was typed; None where there is none."""
        with self._glance() as link:
            return beginning.find(link, study, code)

    def given_by(self, study: str, participant: str) -> Response | None:
        """The last response of a participant where it is sent, else None. It tells whether an id takes part: ask only for who has proven theirs."""
        with self._read() as connection:
            return beginning.given_by(connection, study, participant)

    def sorts(self, study: str, code: str) -> list[Response]:
        """All responses of the person whom a respondent's code leads to, in the order in which they were begun; none for an unknown code."""
        with self._read() as connection:
            return beginning.sorts(connection, study, code)

    def response(self, handle: Handle) -> Response | None:
        """The response that a handle stands for; None where there is none of this person."""
        with self._read() as connection:
            row = connection.execute(rows.BY_HANDLE, handle._asdict()).one_or_none()
            return None if row is None else rows.values(connection, [row])[0]

    def due(self, study: str, code: str) -> str | None:
        """The wave that somebody whose sorts are all in can begin today, by its id; None where there is none."""
        with self._read() as connection:
            row = beginning.last_row(connection, study, code)
            occasion = None if row is None else beginning.due(connection, row, self._definitions.whole)
            return None if occasion is None else occasion[1]

    def begin_wave(self, study: str, code: str) -> Response | None:
        """Begin the wave that is due for a person. Again, it gives the response that it began.

        Parameters
        ----------
        study : str
        code : str
            The respondent's.

        Returns
        -------
        Response or None
            None where no wave is due, or the code leads to nobody.
        """
        with self._write() as connection:
            return beginning.begin_wave(connection, study, code, self._definitions.whole)

    # Browsers

    def admit(self, study: str, code: str, seconds: float, *, receipt: bool = False) -> str | None:
        """Know a browser from now on, for so many seconds.

        Parameters
        ----------
        study : str
        code : str
            The respondent's.
        seconds : float
        receipt : bool, default False
            Whether it may see no more than the page of thanks.

        Returns
        -------
        str or None
            A random token for its cookie; None where the code leads to nobody.
        """
        with self._write() as connection:
            return browsers.admit(connection, study, code, receipt=receipt, until=browsers.in_seconds(seconds))

    def known(self, study: str, token: str) -> Known | None:
        """Whom the token of a browser leads to; None for any that does not count, or no more."""
        with self._glance() as link:
            return browsers.known(link, study, token)

    def prolong(self, study: str, token: str, seconds: float, *, receipt: bool = False) -> None:
        """Let a token count for so many seconds from now, with `receipt` for the page of thanks only."""
        with self._write() as connection:
            browsers.change(connection, study, token, receipt=receipt, until=browsers.in_seconds(seconds))

    def dismiss(self, study: str, token: str) -> None:
        """Let a token count no more."""
        with self._write() as connection:
            browsers.dismiss(connection, study, token)

    def by_invitation(self, study: str, invitation: Invitation) -> str | None:
        """The respondent's code again, for a personal link that a response was begun with; None where there is none."""
        if not invitation.personal:
            return None
        with self._read() as connection:
            code = beginning.personal_code(connection, invitation)
        return code if self.find(study, code) is not None else None

    def save(self, response: Handle, acts: Sequence[Mapping[str, Any]], token: str | None = None, opened: Opened | None = None) -> Saved:
        """Apply acts in their order and keep them, in one transaction.

        Parameters
        ----------
        response : Handle
            Its number and the hash of its person's code: one alone leads nowhere.
        acts : sequence of mapping
            Each with ``key`` (8 to 64 of ``A-Za-z0-9_-``) and ``act``; see `qmethod_studies.store.acts.after`. ``ms`` and ``idle`` are kept
            where they stand.
            An act whose key was kept before is not applied again, nor is a visit of a stage that was visited minutes ago. One that is refused
            changes nothing and keeps no other from being applied.
        token : str, optional
            Of a browser, where it was not asked before whether the token still leads to this person's sorts; see `known`.
        opened : Opened, optional
            The page of the acts. It is kept as a visit before the first of them that is kept, unless its stage was visited minutes ago.

        Raises
        ------
        Gone
            If the response was withdrawn, or is somebody else's, or the token does not lead to it.
        """
        with self._turns.of(response.number):
            for _ in range(_TRIES):
                with self._glance() as link:
                    found = saving.find(link, response, acts, self._definitions.of_sort, self._unseal, token, opened=opened is not None)
                done = saving.plan(found, acts, opened)
                if not done.changes:
                    return done.saved
                if self._write_together(partial(saving.keep, done=done)):
                    return done.saved
        raise Unavailable("a response is changed from elsewhere again and again")

    def trail(self, response: Handle) -> Trail:
        """What the acts of a response leave to undo and to do again.

        Raises
        ------
        Gone
        """
        with self._glance() as link:
            return trail(saving.find(link, response, (), self._definitions.of_sort, self._unseal).state.history)

    def log(self, response: Handle) -> list[Event]:
        """The acts of a response that were kept, in their order, for the person whose it is.

        Raises
        ------
        Gone
        """
        with self._glance() as link:
            saving.find(link, response, (), self._definitions.of_sort, self._unseal)
        return self.events(response.number)

    def submit(self, response: Handle, key: str) -> Submitted | Incomplete:
        """Close a response, and begin the person's next in the same wave. All rules are checked once more; again, it gives the same.

        Raises
        ------
        NotOpen
            If the study is closed or full, and says that who has begun cannot finish then.
        Gone
            If the response was withdrawn, or is somebody else's.
        """
        if not KEY.fullmatch(key):
            raise ValueError("a key has 8 to 64 letters, digits, hyphens or underscores")
        with self._turns.of(response.number):
            for _ in range(_TRIES):
                with self._glance() as link:
                    found = saving.find(link, response, (), self._definitions.of_sort, self._unseal)
                if found.row.status != "submitted" and (lacking := saving.lacking(found)):
                    return Incomplete(lacking)
                with self._write() as connection:
                    done = saving.submit(connection, response, key, found, self._definitions.whole)
                if done is not None:
                    self._forget_deleted(20)  # what was changed or taken back on the way
                    return done
        raise Unavailable("a response is changed from elsewhere again and again")

    def withdraw(self, study: str, code: str) -> bool:
        """Delete all responses of a person and what hangs on them, and overwrite their key.

        What is remembered: study, version and day of a withdrawal; among the keys the name of the key and the day; that a personal link is closed.

        Returns
        -------
        bool
            False where the code leads to nothing.
        """
        with self._write() as connection:
            names = beginning.withdraw(connection, study, code, self._name)
        self._shred(names)
        return bool(names)

    def take_out(self, study: str, numbers: Sequence[int], *, counted: bool) -> None:
        """Delete people as their own withdrawal does, for whoever runs a study.

        Parameters
        ----------
        study : str
        numbers : sequence of int
            Of `people`; those that are gone already are passed over.
        counted : bool
            Whether it is remembered, with version and day, that somebody withdrew.
        """
        with self._write() as connection:
            names = people.take_out(connection, study, numbers, self._name, counted=counted)
        self._shred(names)

    def _shred(self, names: Sequence[str]) -> None:
        """Overwrite the keys of those who have gone."""
        if names:
            self._keys.destroy(names)
            self._forget_deleted(250)


def _with_secret(invitation: Invitation, secret: str) -> Invitation:
    return replace(invitation, secret=secret)

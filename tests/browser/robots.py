"""Robots that take part in a study: with a mouse, with a finger, with keys, and without scripts."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator

from tests.browser.survey import Mind, Visitor


class Robot:
    """Takes part with a mouse. The others press differently, and some stages are done in another way without scripts or by keys."""

    def __init__(self, visitor: Visitor, meant: Mind) -> None:
        self.visitor = visitor
        self.page = visitor.page
        self.meant = meant
        self.study = meant.study

    # What hands do.

    def press(self, where: Locator) -> None:
        where.click()

    def tick(self, where: Locator) -> None:
        """Choose a box or a radio, if it is not chosen yet."""
        if not where.is_checked():
            self.press(where)

    def write(self, where: Locator, text: str) -> None:
        self.press(where)
        where.fill("")
        self.page.keyboard.insert_text(text)

    def leave(self, where: Locator) -> None:
        """Press what leads to another page, and wait for it."""
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.press(where)

    # The journey.

    @property
    def stage(self) -> str:
        return self.page.url.partition(f"/{self.study.study}/")[2].partition("?")[0]

    def whole(self) -> None:
        """From the first page to the thanks."""
        self.visitor.goto(self.study.study)
        self.leave(self.page.locator("a.button.main"))
        self.leave(self.page.locator("button[value=agree]"))
        self.from_here()

    def from_here(self, *, until: str = "thanks") -> None:
        for _ in range(60):
            stage = self.stage
            if stage == until:
                return
            match stage:
                case "before" | "after":
                    self.questions()
                case "grid/list":
                    self.as_list()
                case "review":
                    self.leave(self.page.locator("form[action$=submit] button"))
                case _:
                    getattr(self, stage)()
        raise AssertionError(f"still at {self.stage}")

    def questions(self) -> None:
        seen: set[str] = set()
        while True:
            blocks = self.page.locator("[data-question]:not([hidden])")
            names = [name for name in blocks.evaluate_all("all => all.map(each => each.dataset.question)") if name not in seen]
            if not names:
                break
            for name in names:
                seen.add(name)
                if name in self.meant.answers:
                    self.answer(name, self.meant.answers[name])
        self.leave(self.page.locator("#questions button.main"))

    def answer(self, name: str, value: Any) -> None:
        block = self.page.locator(f"[data-question='{name}']")
        if isinstance(value, list):
            for option in value:
                self.tick(block.locator(f"input[value='{option}']"))
        elif isinstance(value, dict):
            for row, option in value.items():
                self.tick(block.locator(f"input[name='q-{name}:{row}'][value='{option}']"))
        elif block.locator("input[type=radio]").count():
            self.tick(block.locator(f"input[value='{value}']"))
        else:
            self.write(block.locator("input:not([type=hidden]), textarea"), str(value))

    def presort(self) -> None:
        for _ in self.study.ids:
            self.pile(self.page.locator("#piling input[name=statement]").input_value())
        self.leave(self.page.locator("#presort-done button.main"))

    def pile(self, statement: str) -> None:
        self.press(self.page.locator(f"button.pile[value={self.meant.pile(statement)}]"))

    def refine(self, steps: int = 4) -> None:
        """A few steps; the rest is left for the board."""
        picking = self.page.locator("#picking")
        for _ in range(steps):
            if not picking.count():
                break
            column = float(picking.get_attribute("data-column") or "")
            need = int(picking.get_attribute("data-need") or "")
            if picking.get_attribute("data-away"):
                self.part_in_three(need)
                continue
            cards = picking.locator("input[name=statements]").evaluate_all("boxes => boxes.map(box => box.value)")
            nearest = sorted(cards, key=lambda name: abs(self.meant.columns[name] - column))[:need]
            for name in cards:
                if name in nearest:
                    self.tick(picking.locator(f"input[value={name}]"))
            self.leave(picking.locator(".stick button.main"))
        self.leave(self.page.locator("button[value=board]"))

    def part_in_three(self, need: int) -> None:
        picking = self.page.locator("#picking")
        cards = picking.locator("[data-card]").evaluate_all("all => all.map(card => card.dataset.card)")
        upper = float(picking.get_attribute("data-column") or "") > float(picking.get_attribute("data-other") or "")
        best = sorted(cards, key=lambda name: self.meant.columns[name], reverse=upper)
        for name in best[:need]:
            self.tick(picking.locator(f"input[name=c-{name}][value=near]"))
        for name in best[-int(picking.get_attribute("data-away") or "") :]:
            self.tick(picking.locator(f"input[name=c-{name}][value=away]"))
        self.leave(picking.locator(".stick button.main"))

    def grid(self) -> None:
        for _ in range(self.page.locator(".deck .card").count()):
            chosen = self.page.locator(".card[aria-pressed=true]").get_attribute("data-card")
            assert chosen
            self.press(self.page.locator(f".to[data-to='{self.meant.columns[chosen]:g}']"))
        one, other = self.two_to_change()
        self.press(self.card(one))
        self.press(self.page.locator(f".to[data-to='{self.meant.columns[other]:g}']"))
        self.press(self.card(other))
        self.press(self.page.locator("#undo"))
        self.leave(self.page.locator("#grid-done button.main"))

    def two_to_change(self) -> tuple[str, str]:
        """Two cards in different columns."""
        by_column = sorted(self.meant.columns, key=lambda name: self.meant.columns[name])
        return by_column[1], by_column[-1]

    def card(self, statement: str) -> Locator:
        return self.page.locator(f".card[data-card={statement}]")

    def as_list(self) -> None:
        for name, column in self.meant.columns.items():
            self.tick(self.page.locator(f"input[name=s-{name}][value='{column:g}']"))
        self.leave(self.page.locator("main button[name=go_on]"))

    def why(self) -> None:
        for name, text in self.meant.comments.items():
            block = self.page.locator(f"[data-comment={name}]")
            if not block.is_visible():
                self.press(self.page.locator(".others summary"))
            self.write(block.locator("textarea"), text)
        self.leave(self.page.locator("#questions button.main"))


class Finger(Robot):
    """Taps, and nothing but taps; scrolls as a finger would, and taps only what it can see."""

    def press(self, where: Locator) -> None:
        point = where.evaluate(
            """element => {
                element.scrollIntoView({ block: "center", behavior: "instant" });
                const box = element.getBoundingClientRect();
                const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
                const there = document.elementFromPoint(x, y);
                const mine = element.contains(there) || there?.closest("label")?.control === element;
                return mine ? [x, y] : `covered by ${there?.outerHTML.slice(0, 200)}`;
            }"""
        )
        assert isinstance(point, list), f"{where} cannot be tapped: {point}"
        self.page.touchscreen.tap(*point)

    def write(self, where: Locator, text: str) -> None:
        self.press(where)
        assert where.evaluate("element => element === document.activeElement")
        self.page.keyboard.insert_text(text)  # what a keyboard on the screen does


class Scriptless(Robot):
    """Without JavaScript every card and every count is a page of its own."""

    def questions(self) -> None:
        for name in self.page.locator("[data-question]:not([hidden])").evaluate_all("all => all.map(each => each.dataset.question)"):
            if name in self.meant.answers:
                self.answer(name, self.meant.answers[name])
        self.leave(self.page.locator("#questions button.main"))

    def pile(self, statement: str) -> None:
        self.leave(self.page.locator(f"button.pile[value={self.meant.pile(statement)}]"))

    def grid(self) -> None:
        self.page.wait_for_url("**/grid/list")


class Keys(Robot):
    """Keys only: Tab from one thing to the next, and what the pages say of digits, arrows, Enter and the blank."""

    def go_to(self, where: Locator, most: int = 400) -> None:
        for _ in range(most):
            if where.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{most} times Tab did not lead to {where}")

    def press(self, where: Locator) -> None:
        self.go_to(where)
        self.page.keyboard.press("Enter")

    def tick(self, where: Locator) -> None:
        if where.is_checked():
            return
        if where.get_attribute("type") == "checkbox":
            self.go_to(where)
            self.page.keyboard.press("Space")
            return
        group = self.page.locator(f"input[name='{where.get_attribute('name')}']")
        checked = self.page.locator(f"input[name='{where.get_attribute('name')}']:checked")
        self.go_to(checked if checked.count() else group.first)
        if not where.evaluate("element => element === document.activeElement"):
            for _ in range(group.count()):
                self.page.keyboard.press("ArrowDown")
                if where.is_checked():
                    return
        self.page.keyboard.press("Space")
        assert where.is_checked()

    def write(self, where: Locator, text: str) -> None:
        self.go_to(where)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def pile(self, statement: str) -> None:
        self.page.keyboard.press(str(("disagree", "neutral", "agree").index(self.meant.pile(statement)) + 1))

    def grid(self) -> None:
        # Where choosing has filled every column, all cards are on the board already.
        self.go_to(self.page.locator(".deck .card[tabindex='0']" if self.page.locator(".deck .card").count() else ".column .card[tabindex='0']"))
        for _ in range(self.page.locator(".deck .card").count()):
            at = self.page.evaluate("document.activeElement.dataset.card")
            self.page.keyboard.press(str(self.study.columns.index(self.meant.columns[at]) + 1))
            self.page.keyboard.press("Enter")
        self.swap_and_undo()
        self.leave(self.page.locator("#grid-done button.main"))

    def swap_and_undo(self) -> None:
        at = self.page.evaluate("document.activeElement.dataset.card")
        assert at, "the focus was lost when the last card was placed"
        other = next(column for column in self.study.columns if column != self.meant.columns[at])
        for key in (str(self.study.columns.index(other) + 1), "Enter", "Enter"):
            self.page.keyboard.press(key)
        assert self.page.evaluate("name => document.querySelector(`[data-card=${name}]`).closest('.column').dataset.column", at) == f"{other:g}"
        self.page.keyboard.press("u")

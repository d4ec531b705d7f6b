"use strict";
// Every table can be sorted by its columns and copied with tabs between its cells. Without this script a table stays as it is written.
(function () {
  const said = document.createElement("p");
  said.className = "sr";
  said.setAttribute("role", "status");
  document.body.append(said);

  // What a cell shows: without words for screen readers alone.
  const shown = (cell) => {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll(".sr, .copy").forEach((part) => part.remove());
    copy.querySelectorAll("br").forEach((part) => part.replaceWith(" "));
    return copy.textContent.replace(/\s+/g, " ").trim();
  };

  const comma = (0.5).toLocaleString(document.documentElement.lang || "en").includes(","); // the decimal mark of the page's language
  const pointed = (text) => (comma ? text.replace(/(\d)\.(?=\d{3})/g, "$1").replace(/,(?=\d)/g, ".") : text.replace(/(\d),(?=\d{3})/g, "$1"));

  const figure = (text) => {
    const found = pointed(text.replace(/[−–]/g, "-")).match(/[-+]?(\d+\.?\d*|\.\d+)/);
    return found ? parseFloat(found[0]) : NaN;
  };

  const before = (a, b) => {
    const [x, y] = [figure(a), figure(b)];
    return x - y || a.localeCompare(b, undefined, { numeric: true });
  };

  const sort = (table, head, column) => {
    const body = table.tBodies[0];
    const way = { ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")] || "ascending";
    const numbers = head.classList.contains("n");
    const keyed = table.written.map((row, place) => ({ row, place, text: row.cells[column] ? shown(row.cells[column]) : "" }));
    if (way !== "none") {
      const turn = way === "ascending" ? 1 : -1;
      const empty = (one) => (numbers ? isNaN(figure(one.text)) : one.text === "");
      keyed.sort((a, b) => {
        if (empty(a) !== empty(b)) return empty(a) ? 1 : -1; // what has no value stands last, whichever way
        const order = numbers && !empty(a) ? before(a.text, b.text) : a.text.localeCompare(b.text, undefined, { numeric: true });
        return turn * order || a.place - b.place;
      });
    }
    table.querySelectorAll("th[aria-sort]").forEach((other) => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", way);
    body.append(...keyed.map((one) => one.row));
    said.textContent = { none: "As written", ascending: "Sorted, ascending", descending: "Sorted, descending" }[way];
  };

  const put = async (text) => {
    if (navigator.clipboard && window.isSecureContext) {
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch (refused) {
        // a browser may forbid it; the older way is left
      }
    }
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "sr";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  };

  const copy = async (table, button) => {
    const lines = [...table.rows].map((row) => [...row.cells].map(shown).join("\t"));
    const done = await put(lines.join("\n"));
    said.textContent = done ? "Copied" : "The browser does not let this page copy";
    button.textContent = done ? "Copied" : "Not copied";
    setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
    button.focus();
  };

  for (const table of document.querySelectorAll("table")) {
    const caption = table.caption ? table.caption.textContent.trim() : "";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", caption.startsWith("Table ") ? `Copy ${caption}` : `Copy the table ${caption}`.trim());
    const room = table.closest(".scroll") || table;
    if (room.parentElement.classList.contains("pair")) { // side by side: the button goes with its table
      const box = document.createElement("div");
      room.replaceWith(box);
      box.append(room);
    }
    room.before(button);
    button.addEventListener("click", () => copy(table, button));

    const body = table.tBodies[0];
    const last = table.tHead && table.tHead.rows[table.tHead.rows.length - 1];
    const plain = body && ![...table.rows].some((row) => [...row.cells].some((cell) => cell.rowSpan > 1 || cell.colSpan > 1));
    if (!last || !plain || body.rows.length < 2) continue;
    table.written = [...body.rows];
    [...last.cells].forEach((head, column) => {
      if (head.tagName !== "TH" || !head.textContent.trim()) return;
      const label = document.createElement("button");
      label.type = "button";
      label.className = "sort";
      label.append(...head.childNodes);
      head.append(label);
      head.setAttribute("aria-sort", "none");
      label.addEventListener("click", () => sort(table, head, column));
    });
  }
})();

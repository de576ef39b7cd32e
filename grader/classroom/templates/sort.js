"use strict";
// Sorts a table by the column whose heading is pressed, and in reverse when it is
// pressed again. Equal rows keep their order.
const collator = new Intl.Collator(undefined, { numeric: true });
const keyOf = (cell) => cell.dataset.rank ?? cell.textContent;
for (const table of document.querySelectorAll("table.sorted")) {
  const body = table.tBodies[0];
  table.caption.append(" Click a column heading to sort by it.");
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const isUp = head.getAttribute("aria-sort") !== "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
      const compare = (a, b) =>
        collator.compare(keyOf(a.cells[column]), keyOf(b.cells[column]));
      const rows = [...body.rows].sort((a, b) => (isUp ? compare(a, b) : compare(b, a)));
      body.append(...rows);
    });
  });
}

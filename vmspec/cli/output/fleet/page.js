"use strict";
{
  const get = (id) => document.getElementById(id);
  const table = get("fleet");
  const machines = [...table.tBodies];
  const headings = [...table.tHead.rows[0].cells];
  const [filter, where, found, details, sort] = ["filter", "where", "found", "details", "sort"].map(get);
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const cell = (machine, column) => machine.rows[0].cells[column];
  const texts = new Map();
  let sorted = { column: -1, descending: false };

  const textOf = (machine) => {
    if (!texts.has(machine)) texts.set(machine, machine.textContent.toLowerCase());
    return texts.get(machine);
  };

  function applyFilter() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const machine of machines) {
      const isShown =
        words.every((word) => textOf(machine).includes(word)) &&
        (!where.value || cell(machine, 1).textContent === where.value) &&
        (!found.checked || !machine.classList.contains("fine"));
      machine.hidden = !isShown;
      shown += isShown;
    }
    get("count").textContent = `${shown} of ${machines.length}`;
  }

  function sortBy(column, descending) {
    sorted = { column, descending };
    const keys = new Map();
    for (const machine of machines) {
      const at = column < 0 ? { dataset: { s: machine.id.slice(1) } } : cell(machine, column);
      keys.set(machine, at.dataset.s === undefined ? at.firstChild.textContent : Number(at.dataset.s));
    }
    const order = (a, b) => (typeof a === "number" ? a - b : compare(a, b));
    machines.sort((a, b) => order(keys.get(a), keys.get(b)) * (descending ? -1 : 1));
    table.append(...machines);
    headings.forEach((heading, index) => {
      const direction = descending ? "descending" : "ascending";
      heading.setAttribute("aria-sort", index === column ? direction : "none");
    });
    sort.value = String(column);
  }

  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sortBy(column, sorted.column === column && !sorted.descending));
    heading.append(button);
  });
  sort.addEventListener("change", () => sortBy(Number(sort.value), false));
  filter.addEventListener("input", applyFilter);
  where.addEventListener("change", applyFilter);
  found.addEventListener("change", applyFilter);
  details.addEventListener("change", () => table.classList.toggle("brief", !details.checked));
  get("controls").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== filter && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      filter.focus();
    } else if (event.key === "Escape" && document.activeElement === filter) {
      filter.value = "";
      applyFilter();
    }
  });
  addEventListener("hashchange", () => {
    const target = document.querySelector("tbody:target");
    if (target?.hidden) {
      filter.value = where.value = "";
      found.checked = false;
      applyFilter();
      target.scrollIntoView();
    }
  });
  get("controls").hidden = false;
  applyFilter();
}

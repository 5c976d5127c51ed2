"use strict";

const PAGE = 100;
const collator = new Intl.Collator(undefined, {numeric: true, sensitivity: "base"});
const RANKS = {drift: 0, problem: 1, info: 2};

// What a row is sorted by: the first thing in a cell, because what can be opened stands behind it.
function keyOf(row, index) {
  if (!index && row.dataset.severity) return String(RANKS[row.dataset.severity]);
  const cell = row.cells[index];
  return cell.dataset.sort ?? cell.firstChild?.textContent.trim() ?? "";
}

// The words of a row that a search looks at: what to do, at its end, is the same for many and would be found with everything.
const adviceOf = (row) => row.matches("[data-severity]") ? row.cells[4].querySelector(":scope > details:last-child") : null;
const wordsOf = (row) => {
  const text = row.textContent;
  const end = text.lastIndexOf(adviceOf(row)?.textContent ?? "");
  return text.slice(0, end).toLowerCase();
};
const countOf = (rows) => rows.reduce((sum, row) => sum + Number(row.dataset.count ?? 1), 0);

// A table that can be sorted, filtered, and shown a hundred rows at a time. Only these are in the document: the browser would
// need seconds to lay out thousands.
class Table {
  constructor(table) {
    this.table = table;
    this.body = table.tBodies[0];
    this.rows = [...this.body.rows];
    this.box = table.closest("section");
    this.tools = this.box.querySelector(".tools");
    this.status = this.box.querySelector(".status");
    this.paper = this.box.querySelector(".on-paper");
    this.more = this.box.querySelector(".more");
    this.shown = PAGE;
    this.printing = false;
    this.order = [...this.rows];
    [...table.tHead.rows[0].cells].forEach((cell, index) => this.makeSortable(cell, index));
    this.tools?.addEventListener("input", () => this.refilter());
    this.tools?.querySelector(".reset")?.addEventListener("click", () => this.reset());
    this.more?.addEventListener("click", () => this.showMore());
    this.draw();
    table.classList.add("ready");
  }

  makeSortable(cell, index) {
    const button = document.createElement("button");
    button.type = "button";
    cell.dataset.title = cell.textContent;
    button.append(...cell.childNodes);
    cell.append(button);
    cell.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => this.sort(cell, index));
  }

  sort(cell, index) {
    const down = cell.getAttribute("aria-sort") === "ascending";
    for (const other of this.table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
    cell.setAttribute("aria-sort", down ? "descending" : "ascending");
    const keys = new Map(this.rows.map((row) => [row, keyOf(row, index)]));
    this.order.sort((a, b) => (down ? -1 : 1) * collator.compare(keys.get(a), keys.get(b)));
    this.draw();
  }

  refilter() {
    this.shown = PAGE;
    this.draw();
  }

  reset() {
    for (const field of this.tools.querySelectorAll("input, select")) {
      if (field.type === "checkbox") field.checked = field.defaultChecked;
      else field.value = "";
    }
    this.refilter();
  }

  wanted() {
    const field = (name) => this.tools?.querySelector(`[data-filter="${name}"]`);
    const words = (field("text")?.value ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const boxes = [...(this.tools?.querySelectorAll('[data-filter="severity"]') ?? [])];
    const severities = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const kind = field("kind")?.value && field("kind").selectedOptions[0].text;
    const fresh = field("new")?.checked ?? false;
    if (words.length) this.texts ??= new Map(this.rows.map((row) => [row, wordsOf(row)]));
    return (row) =>
      (!boxes.length || severities.has(row.dataset.severity)) &&
      (!kind || row.cells[2].textContent.trim() === kind) &&
      (!fresh || row.hasAttribute("data-new")) &&
      words.every((word) => this.texts.get(row).includes(word));
  }

  draw() {
    const found = this.order.filter(this.wanted());
    const matching = found.length;
    const shown = this.printing ? matching : Math.min(matching, this.shown);
    for (const row of found.slice(0, shown)) this.prepare(row);
    this.body.replaceChildren(...found.slice(0, shown));
    const total = this.rows.length;
    const left = Number(this.table.dataset.total ?? total) - total;
    const servers = this.rows.some((row) => row.dataset.count) ? `, counted by server ${countOf(found)}` : "";
    const listed = left ? `${total} listed (${left} more are in audit.csv)` : `${total}`;
    if (this.status) {
      this.status.textContent = shown === total && !left ? `All ${total} shown${servers}.`
        : `${matching} of ${listed} match${servers}` + (shown < matching ? `, ${shown} shown.` : ".");
    }
    if (this.paper) {
      const chosen = this.chosen();
      this.paper.textContent = chosen.length ? `Only ${matching} of ${listed} are printed here, those with ${chosen.join("; ")}.` : "";
    }
    if (this.more) {
      this.more.hidden = matching <= this.shown;
      this.more.textContent = `Show ${Math.min(PAGE, matching - shown)} more`;
    }
  }

  // On narrow screens the rows are no rows to the browser unless they say so.
  prepare(row) {
    if (this.table.getAttribute("role") !== "table" || row.hasAttribute("role")) return;
    row.setAttribute("role", "row");
    for (const cell of row.cells) cell.setAttribute("role", "cell");
  }

  // The filters that are set, in words.
  chosen() {
    const fields = [...(this.tools?.querySelectorAll("input, select") ?? [])];
    const boxes = fields.filter((field) => field.dataset.filter === "severity");
    const checked = boxes.filter((box) => box.checked).map((box) => box.parentElement.textContent.trim());
    const named = {
      text: (field) => field.value.trim() && `the words \u201c${field.value.trim()}\u201d`,
      kind: (field) => field.value && `the kind ${field.selectedOptions[0].text}`,
      new: (field) => field.checked && "new only",
    };
    const found = fields.map((field) => named[field.dataset.filter]?.(field)).filter(Boolean);
    if (checked.length < boxes.length) found.push(`the severity ${checked.join(" or ") || "(none)"}`);
    return found;
  }

  // Paper has no button for more.
  print(begun) {
    this.printing = begun;
    this.draw();
  }

  showMore() {
    const first = this.shown;
    this.shown += PAGE;
    this.draw();
    const next = this.body.rows[first];
    next.tabIndex = -1;
    next.focus({preventScroll: true});
  }

  search(text) {
    this.reset();
    const field = this.tools.querySelector('[data-filter="text"]');
    field.value = text;
    this.refilter();
    field.focus({preventScroll: true});
  }

  only(severity) {
    this.reset();
    for (const box of this.tools.querySelectorAll('[data-filter="severity"]')) box.checked = box.value === severity;
    this.refilter();
  }
}

const tables = new Map([...document.querySelectorAll("table[data-sortable]")].map((table) => [table.id, new Table(table)]));

for (const link of document.querySelectorAll("a[data-search]")) {
  link.addEventListener("click", () => tables.get("findings-table")?.search(link.dataset.search));
}
for (const link of document.querySelectorAll("a[data-only]")) {
  link.addEventListener("click", () => tables.get("findings-table")?.only(link.dataset.only));
}

// A link to a server's card opens the card before the browser goes there, also when it is followed once more.
function opened(hash) {
  let target = null;
  try { target = document.getElementById(decodeURIComponent(hash.slice(1))); } catch (error) { return null; }
  for (let box = target?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  return target;
}
const openTarget = () => opened(location.hash)?.scrollIntoView();
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  if (link) opened(link.hash);
});
addEventListener("hashchange", openTarget);
addEventListener("load", openTarget, {once: true}); // the tables became shorter, or fonts came, after the browser went there
openTarget();

// What to do, when it is opened: the words that many rows share, and a button that copies the task.
function tell(box) {
  const link = box.querySelector('a[href^="#do-"]');
  if (link) link.replaceWith(document.getElementById(link.hash.slice(1)).textContent);
}
function offerCopy(box) {
  const task = box.querySelector("pre");
  if (!task || box.querySelector("button")) return;
  task.tabIndex = 0; // a long line can be scrolled with the keyboard
  task.setAttribute("role", "group");
  task.setAttribute("aria-label", "Task, as YAML");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy the task";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    const done = await copied(task);
    button.textContent = done ? "Copied" : "Select it and copy it by hand";
    setTimeout(() => { button.textContent = "Copy the task"; }, 3000);
  });
  task.before(button);
}
async function copied(task) {
  try {
    await navigator.clipboard.writeText(`${task.textContent.trim()}\n`);
    return true;
  } catch (error) { /* no clipboard for a page that came without encryption: the old way */ }
  getSelection().selectAllChildren(task);
  return document.execCommand("copy");
}
document.addEventListener("toggle", (event) => {
  const row = event.target.open && event.target.closest("tr[data-severity]");
  if (!row || event.target !== adviceOf(row)) return;
  tell(event.target);
  if (closed === null) offerCopy(event.target);
}, true);

const dark = matchMedia("(prefers-color-scheme: dark)");
const look = document.getElementById("look");
const isDark = () => (document.documentElement.dataset.look ?? (dark.matches ? "dark" : "light")) === "dark";
function drawLook() {
  look.setAttribute("aria-pressed", String(isDark()));
}
look.addEventListener("click", () => {
  document.documentElement.dataset.look = isDark() ? "light" : "dark";
  try { localStorage.setItem("whm-mail-look", document.documentElement.dataset.look); } catch (error) { /* as above */ }
  drawLook();
});
dark.addEventListener("change", drawLook);
drawLook();

// On paper nothing can be opened, and nothing can be asked for: all that the filters leave is there.
let closed = null;
function printing(begun) {
  if (begun === (closed !== null)) return; // the browser says it twice
  for (const table of tables.values()) table.print(begun);
  if (begun) closed = [...document.querySelectorAll("details:not([open])")];
  if (begun) for (const link of document.querySelectorAll('a[href^="#do-"]')) tell(link.parentElement);
  for (const card of closed) card.open = begun;
  if (!begun) closed = null;
}
addEventListener("beforeprint", () => printing(true));
addEventListener("afterprint", () => printing(false));
matchMedia("print").addEventListener("change", (media) => printing(media.matches));

"use strict";

const PAGE = 100;
const collator = new Intl.Collator(undefined, {numeric: true, sensitivity: "base"});
const keyOf = (row, index) => row.cells[index].dataset.sort ?? row.cells[index].textContent.trim();

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
    const kind = field("kind")?.value ?? "";
    const fresh = field("new")?.checked ?? false;
    if (words.length) this.texts ??= new Map(this.rows.map((row) => [row, row.textContent.toLowerCase()]));
    return (row) =>
      (!boxes.length || severities.has(row.dataset.severity)) &&
      (!kind || row.dataset.kind === kind) &&
      (!fresh || row.hasAttribute("data-new")) &&
      words.every((word) => this.texts.get(row).includes(word));
  }

  draw() {
    const found = this.order.filter(this.wanted());
    const matching = found.length;
    const shown = this.printing ? matching : Math.min(matching, this.shown);
    this.body.replaceChildren(...found.slice(0, shown));
    const total = this.rows.length;
    const left = Number(this.table.dataset.total ?? total) - total;
    const listed = left ? `${total} listed (${left} more are in audit.csv)` : `${total}`;
    if (this.status) {
      this.status.textContent = shown === total && !left ? `All ${total} shown.`
        : `${matching} of ${listed} match` + (shown < matching ? `, ${shown} shown.` : ".");
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

// A link to a server's card opens the card before the browser goes there, and goes there at once: on the way past hundreds of
// cards there is nothing to see.
function opened(hash) {
  let target = null;
  try { target = document.getElementById(decodeURIComponent(hash.slice(1))); } catch (error) { return null; }
  const card = target?.closest("details");
  if (card) card.open = true;
  return card && target;
}
// What comes into sight on the way is drawn only then and may turn out higher than it was taken for: so the place is taken again for
// some frames, unless somebody moves on by hand.
function openTarget() {
  const target = opened(location.hash);
  let frames = target ? 30 : 0;
  for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(kind, () => { frames = 0; }, {once: true});
  (function settle() {
    if (frames-- <= 0) return;
    target.scrollIntoView({behavior: "instant"});
    requestAnimationFrame(settle);
  })();
}
for (const link of document.querySelectorAll('a[href^="#server-"]')) link.addEventListener("click", () => opened(link.hash));
addEventListener("hashchange", openTarget);
openTarget();

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
  for (const card of closed) card.open = begun;
  if (!begun) closed = null;
}
addEventListener("beforeprint", () => printing(true));
addEventListener("afterprint", () => printing(false));
matchMedia("print").addEventListener("change", (media) => printing(media.matches));

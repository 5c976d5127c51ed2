// What of the page a reader cannot see, as sentences. Measured are the boxes of texts, not styles: whatever hides a text, it is gone.
(() => {
  const LINE = 14; // no line of text is lower than this
  const said = [];
  const short = (text) => text.trim().replace(/\s+/g, " ").slice(0, 50);
  const meant = (element) => element.checkVisibility({visibilityProperty: true, opacityProperty: true})
    && !element.closest(".visually-hidden, .headerlink, [aria-hidden=true]");

  // Boxes of the texts below an element, with the smallest boxes around them that cut what sticks out.
  const texts = (root) => {
    const found = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.textContent.trim() || !meant(node.parentElement)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      found.push({node, box: range.getBoundingClientRect()});
    }
    return found;
  };
  const cut = ({node, box}) => {
    if (box.height < 8 || box.width < 1) return "has no size";
    for (let outer = node.parentElement; outer && outer !== document.body; outer = outer.parentElement) {
      const style = getComputedStyle(outer);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const around = outer.getBoundingClientRect();
      if (outer.clientHeight < LINE || outer.clientWidth < LINE) return `is in a box of ${outer.clientWidth} x ${outer.clientHeight} px`;
      if (style.overflowY === "hidden" && (box.top < around.top - 2 || box.bottom > around.bottom + 2)) return "is cut";
      if (style.overflowX === "hidden" && (box.left < around.left - 2 || box.right > around.right + 2)) return "is cut";
      if (style.overflowX !== "visible") return ""; // it scrolls
    }
    return box.left < -1 || box.right > innerWidth + 1 ? "sticks out of the window" : "";
  };

  const wide = Math.max(document.documentElement.scrollWidth, document.body.scrollWidth);
  if (wide > innerWidth) said.push(`the page is ${wide} px wide`);
  for (const text of texts(document.querySelector("article") ?? document.body)) {
    const why = cut(text);
    if (why) said.push(`"${short(text.node.textContent)}" ${why}`);
  }
  for (const row of document.querySelectorAll("table.ansible-option-table tbody tr")) {
    const name = row.querySelector(".ansible-option-title, .ansible-attribute-title")?.innerText.trim() || short(row.innerText);
    const [first, ...others] = [...row.cells].map((cell) => texts(cell).map((text) => text.box));
    const height = row.getBoundingClientRect().height;
    if (height < 2 * LINE) said.push(`the row of ${name} is ${height} px high`);
    if (!first.length || !others.flat().length) said.push(`the row of ${name} shows ${first.length ? "no description" : "no name"}`);
    const over = first.some((a) => others.flat().some((b) =>
      a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1));
    if (over) said.push(`the name ${name} lies over its description`);
  }
  return said;
})()

"""The frame of the lineage's page: style, legend and the few lines that highlight what the pointer is on."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Lineage of the data products</title>
<style>
:root { color-scheme: light dark; --ink: #1d232b; --faint: #6a7684; --line: #9aa5b1; --paper: #ffffff;
  --source: #e9ecef; --staging: #f4e4d3; --intermediate: #e1e6ee; --mart: #fbeeb4; --mark: #0b6bcb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf1; --faint: #a3aebb; --line: #66717e; --paper: #14181d;
  --source: #2b3138; --staging: #4a3621; --intermediate: #2c3a4d; --mart: #4d4313; --mark: #6db3ff; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px system-ui, sans-serif; }
header { padding: 14px 20px 0; }
h1 { font-size: 18px; margin: 0 0 6px; }
.legend span { display: inline-block; padding: 2px 10px; margin-right: 6px; border-radius: 6px; }
.drawing { overflow: auto; }
svg text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--ink); }
svg text.name, svg text.key { font-weight: 700; }
svg text.caption, svg text.type { fill: var(--faint); }
.box rect { stroke: var(--line); }
.source rect, .legend .source { fill: var(--source); background: var(--source); }
.staging rect, .legend .staging { fill: var(--staging); background: var(--staging); }
.intermediate rect, .legend .intermediate { fill: var(--intermediate); background: var(--intermediate); }
.mart rect, .legend .mart { fill: var(--mart); background: var(--mart); }
.arrow { fill: none; stroke: var(--line); stroke-width: 1.3; marker-end: url(#head); }
.picked .arrow { opacity: .15; }
.picked .arrow.on { opacity: 1; stroke: var(--mark); stroke-width: 2.2; }
.row.on text { fill: var(--mark); }
</style>
</head>
<body>
<header>
<h1>Lineage of the data products</h1>
<p class="legend"><span class="source">source</span><span class="staging">staging</span><span
 class="intermediate">intermediate</span><span class="mart">mart</span> %COUNT%. Point at a table or a column
 to see what it is made of and what is made of it.</p>
</header>
<svg width="0" height="0" aria-hidden="true"><defs><marker id="head" viewBox="0 0 8 8" refX="3" refY="4" markerWidth="7"
 markerHeight="7" markerUnits="userSpaceOnUse" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="#8894a1"/></marker></defs>
</svg>
<div class="drawing">
%DRAWING%
</div>
<script>
const drawing = document.querySelector(".drawing");
const arrows = [...drawing.querySelectorAll(".arrow")];
const rows = new Map([...drawing.querySelectorAll(".row")].map(row => [row.dataset.name, row]));
const isOf = (end, name) => end === name || end.startsWith(name + ".");
function reach(name, from, to) {
  const found = new Set(), waiting = [name];
  while (waiting.length) {
    const one = waiting.pop();
    for (const arrow of arrows) {
      if (!found.has(arrow) && isOf(arrow.dataset[from], one)) { found.add(arrow); waiting.push(arrow.dataset[to]); }
    }
  }
  return found;
}
function pick(name) {
  for (const one of [...arrows, ...rows.values()]) one.classList.remove("on");
  drawing.classList.toggle("picked", Boolean(name));
  if (!name) return;
  for (const arrow of [...reach(name, "from", "to"), ...reach(name, "to", "from")]) {
    arrow.classList.add("on");
    for (const end of [arrow.dataset.from, arrow.dataset.to]) rows.get(end)?.classList.add("on");
  }
}
drawing.addEventListener("pointerover", event => pick(event.target.closest("[data-name]")?.dataset.name));
drawing.addEventListener("pointerleave", () => pick(null));
</script>
</body>
</html>
"""

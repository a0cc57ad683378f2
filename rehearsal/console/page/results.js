// Rows that open (actions and job runs), tables, earlier executions, limits.

const opened = new Set(); // failures that have been opened for the reader once; who closes one has closed it

function row() {
  const details = make("details", {},
    make("summary", {},
      icon(),
      make("span", { class: "title" }),
      make("span", { class: "told dim" }),
      make("span", { class: "state" }),
      make("span", { class: "time" })),
    make("pre", { class: "message", hidden: "" }),
    make("pre", { class: "log", tabindex: "0", role: "region", hidden: "" }));
  details.addEventListener("toggle", () => { if (details.open) showLog(details); });
  return make("li", {}, details);
}

function showRow(item, thing) {
  const details = item.firstChild, [summary, message, log] = details.children;
  const [svg, title, told, state, took] = summary.children;
  const { facts } = thing;
  draw(svg, thing.state);
  write(title, facts.title);
  write(told, facts.told || "");
  write(state, words(thing.state));
  item.dataset.look = looks(thing.state);
  time(took, thing);
  const full = thing.error || thing.summary || "";
  write(message, full || (thing.log ? "" : thing.state === "NotStarted" ? "It has not started." : "It says nothing more."));
  show(message, !thing.log || Boolean(thing.error) || full.includes("\n") || full.length > 60);
  log.setAttribute("aria-label", `Output of ${facts.title}`);
  details.dataset.log = thing.log || "";
  details.dataset.busy = thing.seconds === undefined || ["STARTING", "RUNNING"].includes(thing.state) ? "yes" : "";
  const id = `${thing.id || thing.run_id || facts.title}`;
  if (looks(thing.state) === "bad" && !opened.has(id)) {
    opened.add(id);
    details.open = true;
  }
  if (details.open) showLog(details);
}

async function showLog(details) {
  const name = details.dataset.log, log = details.lastChild;
  if (!name) return;
  const text = await outputOf(name);
  if (text === undefined) return;
  const atEnd = log.hidden || log.scrollHeight - log.scrollTop - log.clientHeight < 24;
  write(log, text || "(it has printed nothing)");
  log.hidden = false;
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function showRuns(runs) {
  show(byId("no-runs"), !runs.length);
  follow(byId("runs"), runs, (run) => run.run_id, row, (item, run) => {
    const told = run.error ? run.error.split("\n")[0] : "";
    showRow(item, { ...run, facts: { title: run.job, told } });
  });
}

function showTables(tables) {
  show(byId("no-tables"), !tables.length);
  show(byId("tables"), tables.length > 0);
  const name = (table) => `${table.database}.${table.table}`;
  follow(byId("tables").tBodies[0], tables, name,
    (table) => make("tr", {}, make("th", { scope: "row", text: name(table) }), make("td", { class: "number" })),
    (line, table) => write(line.lastChild, table.rows === null ? "not counted" : table.rows.toLocaleString("en")));
}

function showEarlier(executions) {
  show(byId("earlier-card"), executions.length > 0);
  follow(byId("earlier"), executions, (each) => each.id,
    () => make("li", { class: "alone" }, icon(), make("span")),
    (item, each) => {
      draw(item.firstChild, each.state);
      const commit = each.commit ? `${each.commit.slice(0, 8)} · ${each.message.split("\n")[0]}` : each.id.slice(0, 8);
      write(item.lastChild, `${words(each.state)}: ${commit}${each.summary ? ` (${each.summary})` : ""}`);
    });
}

function showLimits(limits) {
  if (!byId("limits").firstChild) {
    byId("limits").append(...limits.flatMap(([subject, text]) => [make("dt", { text: subject }), make("dd", { text })]));
  }
}

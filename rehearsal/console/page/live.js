// Follows the rehearsal: asks for the next snapshot, says what has changed, sends answers. A report has its data inside.

const kept = JSON.parse(byId("data").textContent);
const token = document.querySelector('meta[name="token"]');
let live = Boolean(token);
let current = null;

function render(data) {
  const stages = stagesOf(data);
  if (data.rehearsal.state !== "InProgress") live = false;
  announce(current, data);
  current = data;
  showHead(data);
  showRail(stages);
  showFailure(data);
  showApprovals(data);
  showStages(stages, data);
  showRuns(data.runs);
  showTables(data.tables);
  showEarlier(data.pipeline ? data.pipeline.earlier : []);
  showLimits(data.not_covered);
}

function announce(before, after) {
  if (!before) return;
  const states = new Map(statesOf(before));
  const news = statesOf(after).filter(([what, state]) => state !== "NotStarted" && states.get(what) !== state);
  if (news.length) write(byId("news"), news.map(([what, state]) => `${what}: ${words(state)}`).join(". "));
}

function statesOf(data) {
  const actions = stagesOf(data).flatMap((stage) =>
    stage.actions.map((action) => [`${stage.name}, ${action.name}`, action.state]));
  const runs = data.runs.map((run) => [`Job ${run.job}`, run.state]);
  return [...actions, ...runs, ["Rehearsal", data.rehearsal.state]];
}

async function outputOf(name) {
  if (current && current.logs) return current.logs[name];
  try {
    const answer = await fetch(`/log?name=${encodeURIComponent(name)}`);
    return answer.ok ? await answer.text() : undefined;
  } catch {
    return undefined; // the rehearsal has ended: what is shown stays
  }
}

async function send(path, given) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Rehearsal-Token": token.content },
      body: JSON.stringify(given),
    });
    const text = await answer.text();
    notice(answer.ok ? "" : text);
    return answer.ok ? "" : text;
  } catch {
    const text = "The rehearsal does not answer.";
    notice(text);
    return text;
  }
}

function notice(text) {
  write(byId("notice"), text);
  show(byId("notice"), Boolean(text));
}

async function followLive() {
  let tag = "", failures = 0;
  while (live) {
    try {
      const answer = await fetch(`/snapshot?after=${tag}`);
      if (!answer.ok) throw new Error(await answer.text());
      tag = answer.headers.get("X-Tag");
      const data = await answer.json();
      if (failures) notice("");
      failures = 0;
      render(data);
    } catch {
      failures += 1;
      if (failures > 2) {
        notice("The rehearsal no longer answers. This is its last state; report.html has its end.");
      }
      await new Promise((resolve) => setTimeout(resolve, Math.min(5000, 300 * failures)));
    }
  }
}

function refreshLogs() {
  if (!live) return;
  for (const details of document.querySelectorAll("details[data-log]:not([data-log=''])")) {
    if (details.open && details.dataset.busy) showLog(details);
  }
}

setInterval(tick, 1000);
setInterval(refreshLogs, 1000);
if (kept) render(kept);
else followLive();

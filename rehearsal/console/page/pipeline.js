// The pipeline: its head, the rail of its stages, each stage with its actions, and the approvals.

const STAGE_OF_SETUP = "Setup";

function stagesOf(data) {
  const setup = data.setup.length ? [{ name: STAGE_OF_SETUP, state: stateOf(data.setup), actions: data.setup }] : [];
  return [...setup, ...(data.pipeline ? data.pipeline.stages : [])];
}

function stateOf(steps) {
  for (const state of ["Failed", "Stopped", "InProgress"]) {
    if (steps.some((step) => step.state === state)) return state;
  }
  return "Succeeded";
}

function stateOfAll(data) {
  const waits = data.approvals.some((approval) => approval.state === "Waiting");
  if (data.rehearsal.state !== "InProgress") return data.rehearsal.state;
  if (waits) return "Waiting";
  // a shell stays open when its pipeline has come to an end
  const execution = data.rehearsal.retries && data.pipeline && data.pipeline.execution;
  return execution ? execution.state : "InProgress";
}

function showHead(data) {
  const pipeline = data.pipeline, execution = pipeline && pipeline.execution;
  const state = stateOfAll(data);
  write(byId("name"), pipeline ? pipeline.name : data.rehearsal.state === "InProgress" ? "Setting up" : "Set-up");
  write(byId("commit"), execution && execution.commit
    ? `Commit ${execution.commit.slice(0, 8)} · ${execution.message.split("\n")[0]}` : "");
  byId("commit").title = execution ? execution.commit : "";
  const verdict = byId("verdict");
  if (!verdict.firstChild) verdict.append(icon(), make("span", { class: "state" }), make("span", { class: "time" }));
  verdict.dataset.look = looks(state);
  draw(verdict.children[0], state);
  write(verdict.children[1], words(state));
  time(verdict.children[2], data.rehearsal);
  document.title = `${words(state)} · ${pipeline ? pipeline.name : "Rehearsal"}`;
}

function showRail(stages) {
  follow(byId("rail"), stages, (stage) => stage.name, (stage) => {
    const link = make("a", { href: `#${placeOf(stage.name)}` }, icon(), make("span", { text: stage.name }));
    link.append(make("span", { class: "unseen" }));
    link.addEventListener("click", () => {
      touched.add(stage.name);
      byId(placeOf(stage.name)).firstChild.open = true;
    });
    return make("li", {}, link);
  }, (item, stage) => {
    const [svg, , state] = item.firstChild.children;
    draw(svg, stage.state);
    item.dataset.look = looks(stage.state);
    write(state, `, ${words(stage.state)}`);
  });
}

const placeOf = (name) => `stage-${name.replace(/[^\w-]/g, "_")}`;

const touched = new Set(); // stages that the reader has opened or closed: they stay so
const OPEN = new Set(["InProgress", "Waiting", "Failed", "Stopped", "Abandoned"]);

function showStages(stages, data) {
  follow(byId("stages"), stages, (stage) => stage.name, createStage, (section, stage) => {
    const [summary, retry, rows] = section.firstChild.children;
    const [svg, , count, state, took] = summary.children;
    draw(svg, stage.state);
    write(count, stage.actions.length === 1 ? "1 action" : `${stage.actions.length} actions`);
    write(state, words(stage.state));
    time(took, timeOf(stage));
    const execution = data.pipeline && data.pipeline.execution;
    const again = live && data.rehearsal.retries && stage.state === "Failed" && stage.name !== STAGE_OF_SETUP;
    show(retry, Boolean(again && execution));
    if (execution) retry.dataset.execution = execution.id;
    follow(rows, stage.actions, (action) => action.name, row, (item, action) => {
      showRow(item, { ...action, facts: factsOf(action) });
    });
    const inUse = touched.has(stage.name) || section.contains(document.activeElement) || rows.querySelector("details[open]");
    if (!inUse || stage.state === "Failed") openUnlessTouched(section.firstChild, stage);
  });
}

function createStage(stage) {
  const title = `${placeOf(stage.name)}-title`;
  const retry = make("button", { type: "button", class: "quiet", text: `Retry ${stage.name}`, hidden: "" });
  retry.addEventListener("click", () => send("/retry", { stage: stage.name, execution: retry.dataset.execution }));
  const summary = make("summary", { class: "stage-head" }, icon(), make("h2", { id: title, text: stage.name }),
    make("span", { class: "count dim" }), make("span", { class: "state" }), make("span", { class: "time" }));
  summary.addEventListener("click", () => touched.add(stage.name));
  return make("section", { class: "card stage", id: placeOf(stage.name), "aria-labelledby": title, tabindex: "-1" },
    make("details", {}, summary, retry, make("ul", { class: "rows" })));
}

function openUnlessTouched(details, stage) {
  const open = OPEN.has(stage.state);
  if (!touched.has(stage.name) && details.open !== open) details.open = open;
}

function timeOf(stage) {
  const begun = stage.actions.filter((action) => action.began !== undefined);
  const began = Math.min(...begun.map((action) => action.began));
  if (stage.actions.some((action) => action.seconds === undefined && action.began !== undefined)) return { began };
  const span = begun.length ? Math.max(...begun.map((action) => action.began + action.seconds)) - began : 0;
  // the rehearsal's own steps tell how long they took, one after the other, and not when
  const others = stage.actions.filter((action) => action.began === undefined && action.seconds !== undefined);
  if (!begun.length && !others.length) return {};
  return { seconds: others.reduce((sum, action) => sum + action.seconds, span) };
}

function factsOf(action) {
  const told = action.error ? action.error.split("\n")[0] : action.summary;
  const provider = action.provider === "Rehearsal" ? "" : action.provider === "Manual" ? "Approval" : action.provider;
  return { title: action.name, told: [provider, told].filter(Boolean).join(" · ") };
}

function showFailure(data) {
  const failed = stagesOf(data).flatMap((stage) =>
    stage.actions.filter((action) => action.state === "Failed").map((action) => ({ stage, action })));
  const ended = data.rehearsal.state === "Failed" || data.rehearsal.state === "Stopped";
  show(byId("failure"), failed.length > 0 || ended);
  if (failed.length) {
    const { stage, action } = failed[0];
    write(byId("failure-title"), `Failed in ${stage.name}, action ${action.name}`);
    write(byId("failure-text"), action.error || data.rehearsal.message || "");
  } else if (ended) {
    write(byId("failure-title"), data.rehearsal.state === "Stopped" ? "Interrupted" : "Failed");
    write(byId("failure-text"), data.rehearsal.state === "Stopped"
      ? "Somebody stopped this rehearsal before its end." : data.rehearsal.message);
  }
}

function showApprovals(data) {
  follow(byId("approvals"), data.approvals, (approval) => approval.id, createApproval, updateApproval);
}

function createApproval(approval) {
  const id = `approval-${approval.id}`;
  const comment = make("input", { id: `${id}-comment`, type: "text", maxlength: "400", autocomplete: "off" });
  const told = make("p", { class: "dim", role: "status" });
  const answer = (status) => async () => {
    write(told, "Sending your answer…");
    const error = await send("/approval", { id: approval.id, status, comment: comment.value });
    write(told, error || "");
  };
  return make("section", { class: "card approval", "aria-labelledby": id },
    make("h2", { id, tabindex: "-1" }),
    make("p", { class: "told" }),
    make("ul", { class: "stacks" }),
    make("div", { class: "answer", role: "group", "aria-labelledby": id },
      make("label", { for: `${id}-comment`, text: "Comment (optional)" }), comment,
      make("div", { class: "buttons" },
        make("button", { type: "button", class: "approve", text: "Approve", onclick: answer("Approved") }),
        make("button", { type: "button", class: "reject", text: "Reject", onclick: answer("Rejected") })),
      told));
}

function updateApproval(section, approval) {
  const [title, told, stacks, answer] = section.children;
  const waits = approval.state === "Waiting";
  const did = { Succeeded: "was approved", Failed: "was rejected" }[approval.state] || "was not approved";
  section.dataset.look = looks(approval.state);
  write(title, waits ? `${approval.stage} waits for your approval` : `${approval.stage} ${did}`);
  const first = approval.changes && approval.changes.length && approval.changes.every((stack) => stack.first);
  const would = waits ? "would change" : "was about to change";
  const what = !approval.changes ? ""
    : first ? `It ${waits ? "is" : "was"} the first deployment to ${approval.stage}: nothing ${waits ? "is" : "was"} there yet.`
    : `What it ${would} in ${approval.stage}:`;
  const said = waits ? "" : approval.summary;
  write(told, [said && `${said[0].toUpperCase()}${said.slice(1)}.`, what].filter(Boolean).join(" "));
  show(told, Boolean(told.textContent));
  follow(stacks, approval.changes || [], (stack) => stack.stack, (stack) => createStack(stack, first), () => {});
  const hadFocus = answer.contains(document.activeElement);
  show(answer, waits && live);
  if (hadFocus && answer.hidden) title.focus();
}

function createStack(stack, allFirst) {
  const parts = [["Added", stack.added], ["Changed", stack.changed], ["Removed", stack.removed]]
    .filter(([, resources]) => resources.length)
    .map(([verb, resources]) => make("div", {}, make("h3", { text: verb }), make("ul", {},
      ...resources.map((resource) => make("li", {},
        make("span", { class: "dim", text: `${resource.kind} ` }), resource.name,
        ...(resource.details.length ? [make("ul", {}, ...resource.details.map((d) => make("li", { text: d })))] : []))))));
  const told = allFirst ? stack.words.replace("first deployment: ", "") : stack.words;
  const head = make("span", {}, make("strong", { text: stack.stack }), ` ${told}`);
  if (!parts.length) return make("li", { class: "alone" }, head);
  return make("li", {}, make("details", {}, make("summary", {}, head), ...parts));
}

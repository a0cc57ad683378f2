// Elements, and how lists of them follow their data. Whatever comes from outside goes in as text, never as HTML.

const byId = (id) => document.getElementById(id);

function make(tag, settings = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// An element that is not touched keeps its focus, its selection and its place for a screen reader.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

function follow(parent, items, keyOf, create, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = known.get(key);
    known.delete(key);
    if (!element) {
      element = create(item);
      element.dataset.key = key;
    }
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
    update(element, item);
  }
  for (const element of known.values()) element.remove();
}

const WORDS = {
  NotStarted: "Not started", InProgress: "In progress", Waiting: "Waiting for approval", Succeeded: "Succeeded",
  Failed: "Failed", Stopped: "Stopped", Stopping: "Stopping", Abandoned: "Abandoned", Superseded: "Superseded",
  Cancelled: "Cancelled", STARTING: "Starting", RUNNING: "Running", WAITING: "Queued", STOPPING: "Stopping",
  STOPPED: "Stopped", SUCCEEDED: "Succeeded", FAILED: "Failed", TIMEOUT: "Timed out", ERROR: "Error",
  EXPIRED: "Expired", NOT_REHEARSED: "Not rehearsed", InPart: "Went through in part",
};
const LOOKS = {
  NotStarted: "still", InProgress: "busy", Waiting: "waiting", Succeeded: "good", Failed: "bad", Stopping: "busy",
  STARTING: "busy", RUNNING: "busy", WAITING: "still", STOPPING: "busy", SUCCEEDED: "good", FAILED: "bad",
  TIMEOUT: "bad", ERROR: "bad", NOT_REHEARSED: "waiting", InPart: "waiting",
};
const words = (state) => WORDS[state] || state;
const looks = (state) => LOOKS[state] || "stopped";

const SHAPES = {
  still: ["M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2z"],
  busy: ["M8 2.2A5.8 5.8 0 0 1 13.8 8"],
  waiting: ["M6 5v6", "M10 5v6"],
  good: ["M4.6 8.3 7 10.7l4.6-5.2"],
  bad: ["M5.3 5.3l5.4 5.4", "M10.7 5.3l-5.4 5.4"],
  stopped: ["M5 8h6"],
};

function icon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

function draw(svg, state) {
  const look = looks(state);
  if (svg.dataset.look === look) return;
  svg.dataset.look = look;
  svg.setAttribute("class", `icon ${look}`);
  svg.replaceChildren(...SHAPES[look].map((d) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", d);
    return path;
  }));
}

function duration(seconds) {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

// The time of what goes on is told by its beginning, so that it runs on between two looks.
const clocks = new Map();

function time(element, thing) {
  if (thing.seconds !== undefined) {
    clocks.delete(element);
    write(element, duration(thing.seconds));
  } else if (thing.began !== undefined) {
    clocks.set(element, thing.began);
    write(element, duration(Math.floor(Date.now() / 1000 - thing.began)));
  } else {
    clocks.delete(element);
    write(element, "");
  }
}

function tick() {
  for (const [element, began] of clocks) {
    if (element.isConnected) write(element, duration(Math.floor(Date.now() / 1000 - began)));
    else clocks.delete(element);
  }
}

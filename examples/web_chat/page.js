// The chat page. All text of the model and of the visitor becomes text nodes: no HTML.

const SILENCE = 45_000; // three keep-alive comments
const POLL = 1_000;
const CUT = "The connection was lost. Looking for the answer…";

const part = (id) => document.getElementById(id);
const [log, status, problem, form, text] = ["log", "status", "problem", "form", "text"].map(part);

let chat = location.hash.slice(1) || null;
let leave = null; // an AbortController while an answer streams
let view = 0; // grows with each chat shown: what belongs to an older one stops
let refused = ""; // what "Try again" sends

// ---- The messages

function make(tag, className, content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (content !== undefined) element.textContent = content;
  return element;
}

function add(item) {
  const main = log.parentElement;
  const atEnd = main.scrollHeight - main.scrollTop - main.clientHeight < 80;
  log.append(item);
  part("empty").hidden = true;
  if (atEnd) toEnd();
  return item;
}

function toEnd() {
  const main = log.parentElement;
  main.scrollTop = main.scrollHeight;
}

function addText(item, content) {
  const main = log.parentElement;
  const atEnd = main.scrollHeight - main.scrollTop - main.clientHeight < 80;
  for (const chunk of [content].flat()) {
    if (typeof chunk === "string") item.append(chunk);
    else if (chunk?.type === "text") item.append(chunk.text ?? "");
    else if (chunk?.type === "tool_reference") item.append(" ", link(chunk), " ");
  }
  item.normalize();
  if (atEnd) toEnd();
}

function link({ url, title }) {
  if (!/^https?:/i.test(url ?? "")) return make("span", "", title ?? "");
  const anchor = make("a", "", title || url);
  Object.assign(anchor, { href: url, target: "_blank", rel: "noopener noreferrer nofollow" });
  return anchor;
}

const readable = (value) => {
  if (typeof value !== "string") return JSON.stringify(value ?? null, null, 1);
  try { return JSON.stringify(JSON.parse(value), null, 1); } catch { return value; }
};

// The values of arguments, on one line.
function brief(value) {
  let values = value;
  try { values = typeof value === "string" ? JSON.parse(value) : value; } catch { /* as it is */ }
  const list = values && typeof values === "object" ? Object.values(values) : [values];
  return list.map((each) => typeof each === "string" ? each : JSON.stringify(each)).join(", ").slice(0, 200);
}

// What an answer consists of, whether it streams or comes from the history.
class Answer {
  constructor() {
    this.messages = new Map();
    this.tools = new Map();
    this.pieces = new Map(); // the arguments of built-in tools, as they come
  }

  write(id, content) {
    if (!this.messages.has(id)) this.messages.set(id, add(make("li", "answer")));
    this.mark(this.messages.get(id));
    addText(this.messages.get(id), content);
  }

  tool(id, name, labels = {}) {
    if (!this.tools.has(id)) {
      const item = make("li", "tool"), details = make("details", "running");
      const summary = make("summary");
      summary.append(make("b", "", name), make("span"), make("i", "", "running"));
      details.append(summary, make("dl"));
      item.append(details);
      this.tools.set(id, add(item));
    }
    const list = this.tools.get(id).querySelector("dl");
    if (labels.Arguments) this.tools.get(id).querySelector("span").textContent = brief(labels.Arguments);
    for (const [label, value] of Object.entries(labels)) {
      if (value !== undefined && value !== null && value !== "")
        list.append(make("dt", "", label), make("dd", "", readable(value)));
    }
  }

  ended(id, state) {
    const details = this.tools.get(id)?.firstChild;
    if (!details) return;
    details.className = state;
    details.querySelector("i").textContent = state;
  }

  mark(item) {
    document.querySelectorAll(".writing").forEach((each) => each.classList.remove("writing"));
    if (leave) item?.classList.add("writing");
  }

  end(state) {
    this.mark(null);
    for (const [id, item] of this.tools)
      if (item.querySelector(".running")) this.ended(id, state);
  }
}

function show(state) {
  log.replaceChildren();
  const answer = new Answer();
  for (const entry of state.entries) showEntry(answer, entry);
  if (state.question) add(make("li", "mine", state.question));
  part("empty").hidden = log.children.length > 0;
  if (!state.writing) answer.end("stopped");
  toEnd();
}

function showEntry(answer, entry) {
  const id = entry.id;
  switch (entry.type) {
    case "message.input": addText(add(make("li", "mine")), entry.content); break;
    case "message.output": answer.write(id, entry.content); break;
    case "function.call":
      answer.tool(entry.tool_call_id, entry.name, { Arguments: entry.arguments });
      break;
    case "function.result":
      answer.tool(entry.tool_call_id, "function", { Result: entry.result });
      answer.ended(entry.tool_call_id, "done");
      break;
    case "tool.execution":
      answer.tool(id, entry.name, { Arguments: entry.arguments });
      answer.ended(id, "done");
  }
}

// ---- A message, and the events of its answer

async function send(content) {
  const mine = ++view;
  leave = new AbortController();
  busy(true);
  complain("");
  const question = add(make("li", "mine", content));
  toEnd();
  status.textContent = "Waiting for the answer…";
  let outcome = "cut";
  const answer = new Answer();
  try {
    const response = await ask(content, leave.signal);
    text.focus();
    outcome = await read(response, answer, mine);
  } catch (error) {
    if (mine !== view) return;
    if (leave.signal.aborted && leave.signal.reason === "stop") outcome = "stopped";
    else if (error instanceof Refused || !answer.messages.size && !answer.tools.size && !chat) {
      question.remove();
      part("empty").hidden = log.children.length > 0;
      outcome = "refused";
      complain(error instanceof Refused ? error.message : "The server cannot be reached.", content);
    }
  }
  if (mine !== view) return;
  leave = null;
  answer.end(outcome === "done" ? "done" : "stopped");
  if (outcome === "stopped")
    add(make("li", "note", "Stopped. The whole answer will be in the history, after a reload."));
  busy(false);
  status.textContent = outcome === "done" ? "The answer is complete." : "";
  if (outcome === "cut") await poll(CUT);
}

class Refused extends Error {}

async function ask(content, signal) {
  if (!chat) {
    chat = (await (await checked(fetch("chats", { method: "POST", signal }))).json()).id;
    history.replaceState(null, "", `#${chat}`);
  }
  return checked(fetch(`chats/${encodeURIComponent(chat)}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ text: content }),
    signal,
  }));
}

async function checked(sent) {
  const response = await sent;
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  const error = new Refused(String(body?.detail ?? `The server answered ${response.status}.`));
  error.status = response.status;
  throw error;
}

async function read(response, answer, mine) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", timer;
  const outcome = { now: "cut" };
  try {
    for (;;) {
      timer = setTimeout(() => leave?.abort("silence"), SILENCE);
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done || mine !== view) return outcome.now;
      const frames = (rest + value).split("\n\n");
      rest = frames.pop();
      for (const frame of frames) handle(frame, answer, outcome);
    }
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
}

function handle(frame, answer, outcome) {
  const line = frame.split("\n").find((each) => each.startsWith("data: "));
  if (!line) return; // a comment
  const event = JSON.parse(line.slice(6));
  switch (event.type) {
    case "run.turn.started":
      outcome.now = "cut";
      break;
    case "message.output.delta":
      status.textContent = "Writing…";
      answer.write(event.id, event.content);
      break;
    case "tool.execution.started":
      status.textContent = `Using ${event.name}…`;
      answer.tool(event.id, event.name, { Arguments: event.arguments });
      break;
    case "tool.execution.delta":
      answer.pieces.set(event.id, (answer.pieces.get(event.id) ?? "") + event.arguments);
      break;
    case "tool.execution.done":
      answer.tool(event.id, event.name, { Arguments: answer.pieces.get(event.id) });
      answer.ended(event.id, "done");
      break;
    case "run.function.started":
      status.textContent = `Using ${event.name}…`;
      answer.tool(event.tool_call_id, event.name, { Arguments: event.arguments });
      break;
    case "run.function.finished": {
      const call = event.call;
      answer.tool(call.tool_call_id, call.name, { Result: call.result });
      answer.ended(call.tool_call_id, call.error === null ? "done" : "failed");
      break;
    }
    case "run.turn.finished": outcome.now = "done"; break;
    case "conversation.response.error":
      outcome.now = "failed";
      complain(String(event.message));
  }
}

// ---- The history, and an answer that is still being written

async function poll(words) {
  const mine = ++view;
  busy(false);
  for (;;) {
    let state;
    try {
      state = await (await checked(fetch(`chats/${encodeURIComponent(chat)}`))).json();
    } catch (error) {
      if (mine !== view) return;
      if (error instanceof Refused && error.status === 404) return gone(error.message);
      status.textContent = "The server cannot be reached. Trying again…";
    }
    if (mine !== view) return;
    if (state) {
      show(state);
      if (state.lost) complain("This message got lost. Please send it again.", state.question ?? "");
      status.textContent = state.writing ? words : "";
      log.setAttribute("aria-busy", String(state.writing));
      if (!state.writing) return;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL));
    if (mine !== view) return;
  }
}

function gone(message) {
  startAnew();
  complain(message);
}

function startAnew() {
  view++;
  leave?.abort("left");
  leave = null;
  chat = null;
  history.replaceState(null, "", location.pathname);
  log.replaceChildren();
  part("empty").hidden = false;
  status.textContent = "";
  complain("");
  busy(false);
  text.focus();
}

// ---- The form

function busy(on) {
  part("send").hidden = on;
  part("stop").hidden = !on;
  log.setAttribute("aria-busy", String(on)); // read aloud once it is complete
}

function complain(message, again = "") {
  refused = again;
  problem.firstElementChild.textContent = message;
  problem.hidden = !message;
  part("problem").lastElementChild.hidden = !again;
}

function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

const stop = () => leave?.abort("stop");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const content = text.value.trim();
  if (!content || leave) return;
  text.value = "";
  grow();
  send(content);
});

text.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

document.addEventListener("keydown", (event) => { if (event.key === "Escape") stop(); });
text.addEventListener("input", grow);
part("stop").addEventListener("click", () => { stop(); text.focus(); });
part("new").addEventListener("click", startAnew);
problem.lastElementChild.addEventListener("click", () => {
  const content = refused;
  text.focus();
  if (content && !leave) send(content);
});
addEventListener("hashchange", () => {
  const id = location.hash.slice(1) || null;
  if (id === chat) return;
  startAnew();
  if (!id) return;
  chat = id;
  history.replaceState(null, "", `#${id}`);
  poll("The answer is still being written…");
});

if (chat) poll("The answer is still being written…");
else part("empty").hidden = false;

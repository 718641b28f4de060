// The HTTP API: every call gives the answer or throws a Refusal.

import { emit } from "./dom.js";

let authorization = "";

export const enter = (value) => { authorization = value; };

/** `status` 0: no answer came, so nobody knows whether it was done. */
export class Refusal extends Error {
  constructor(status, { code, message, field, credits } = {}, wait = 0) {
    super(message || `HTTP ${status}`);
    Object.assign(this, { status, code, field, credits, wait });
  }
}

async function ask(method, path, { form, json, key, as = authorization } = {}) {
  const headers = { Authorization: as, "Accept-Language": document.documentElement.lang };
  if (key) headers["Idempotency-Key"] = key;
  if (json) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(`/api/${path}`, { method, headers, body: form ?? (json && JSON.stringify(json)) });
  } catch {
    throw new Refusal(0, { code: "network" });
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  if (answer.status === 401 && as === authorization) emit("locked");
  throw new Refusal(answer.status, said.error, Number(answer.headers.get("Retry-After")));
}

async function told(method, path, more) {
  const answer = await ask(method, path, more);
  try {
    return await answer.json();
  } catch {
    throw new Refusal(0, { code: "network" }); // cut off in the middle
  }
}

export const session = (initData) => told("POST", "session", { as: `tma ${initData}` });
export const me = async (as = authorization) => (await told("GET", "me", { as })).data;
export const models = () => told("GET", "models");

export const generate = (form, key) => told("POST", "generate/image", { form, key });
export const redraw = (picture, json, key) => told("POST", `picture/${picture}/redraw`, { json, key });
export const retry = (task, json, key) => told("POST", `task/${task}/retry`, { json, key });
export const task = async (id) => (await told("GET", `task/${id}`)).data;
export const tasks = async () => (await told("GET", "tasks?limit=50")).data;
export const cancel = (id) => told("DELETE", `task/${id}`);

export const pictures = (query) => told("GET", `pictures?${new URLSearchParams(query)}`);
export const file = async (id) => (await ask("GET", `picture/${id}/file`)).blob();
export const favourite = (id, starred) => told(starred ? "PUT" : "DELETE", `picture/${id}/favourite`);
export const remove = (id) => told("DELETE", `picture/${id}`);
export const prepare = (id) => told("POST", `picture/${id}/share`);

/** The news of a task; the first word says who listens. */
export function events(id) {
  const url = new URL(`/api/task/${id}/events`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const socket = new WebSocket(url);
  socket.addEventListener("open", () => socket.send(JSON.stringify({ authorization })));
  return socket;
}

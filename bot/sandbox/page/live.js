// The event stream: everything that happens in the world, as it happens, and again after a gap.

import * as api from "./api.js";
import { countUnread, emit, forget, keep, messageOf, messagesOf, setMessages, setWorld, state } from "./state.js";

const WAITS = [400, 800, 1600, 3200, 6000]; // milliseconds before the next try to connect
const LOG_LINES = 200;

let tries = 0;
let begun = false;
let backlog = null; // events that came while the world was being read

export function connect() {
  const socket = new WebSocket(api.eventsUrl());
  socket.onopen = () => catchUp().then(() => (tries = 0), () => socket.close());
  socket.onmessage = ({ data }) => take(JSON.parse(data));
  socket.onclose = () => {
    setOnline(false);
    setTimeout(connect, WAITS[Math.min(tries++, WAITS.length - 1)]);
  };
}

/** Read everything anew. What is reported meanwhile is newer, so it waits and is applied last. */
async function catchUp() {
  backlog = [];
  try {
    await readWorld();
    await Promise.all(state.chats.map(readChat));
    state.faults = (await api.faults()).pending;
    setOnline(true);
    emit(begun ? "world" : "begun");
    begun = true;
    for (const kind of ["messages", "process", "faults"]) emit(kind, {});
  } finally {
    const waiting = backlog;
    backlog = null;
    waiting.forEach(apply);
  }
}

async function readWorld() {
  setWorld(await api.readState());
}

async function readChat(chat) {
  const known = new Set(messagesOf(chat.id).map((message) => message.message_id));
  const list = await api.readMessages(chat.id).catch((error) => {
    if (chat.bot === "new") return []; // not started, so nothing is there to read
    throw error;
  });
  setMessages(chat.id, list);
  if (begun) list.filter((message) => !known.has(message.message_id)).forEach(countUnread);
}

function setOnline(online) {
  state.online = online;
  emit("online");
}

function take(event) {
  if (backlog) backlog.push(event);
  else apply(event);
}

const HANDLERS = {
  new: ({ message }) => learn(message),
  edited: ({ message }) => learn(message),
  deleted({ chat, message_id: id }) {
    forget(chat, id);
    emit("messages", { chat });
  },
  reaction({ chat, message_id: id, reactions }) {
    const message = messageOf(chat, id);
    if (message) learn({ ...message, reactions });
  },
  action: (event) => emit("action", event),
  draft: (event) => emit("draft", event),
  answer: (event) => emit("answer", event),
  async chats() {
    await readWorld();
    await Promise.all(state.chats.filter((chat) => !messagesOf(chat.id).length).map(readChat));
    emit("world");
  },
  process({ running, restarts }) {
    state.process = { running, restarts };
    emit("process");
  },
  log(event) {
    state.log = [...state.log, { at: Date.now() / 1000, ...event }].slice(-LOG_LINES);
    emit("log");
  },
  faults({ pending }) {
    state.faults = pending;
    emit("faults");
  },
};

function apply(event) {
  HANDLERS[event.kind]?.(event);
}

/** A message that is new or has changed, from the stream or as the answer to our own call. */
export function learn(message) {
  const fresh = keep(message);
  if (fresh) countUnread(message);
  emit("messages", { chat: message.chat.id });
  if (fresh) emit("arrived", message);
}

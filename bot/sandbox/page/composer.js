// Where one writes: text, replies, edits, captions. It keeps what is not sent yet, per place.

import * as api from "./api.js";
import { attached, filesToSend, sendingAs, setAttached, startAttachments } from "./attachments.js";
import { summary } from "./content.js";
import { attempt, closeButton } from "./dialogs.js";
import { byId, el, icon } from "./dom.js";
import { draftOf, keepDraft } from "./drafts.js";
import { suggestInline } from "./inline.js";
import { showReplyKeyboard } from "./keyboard.js";
import { learn } from "./live.js";
import { closePopup, popupKey } from "./popup.js";
import { emit, here, hereKey, isMine, isPrivate, me, meantForMe, messageOf, messagesIn, nameOf, on, openChat, placeKey, state, topicOf, topicsOf } from "./state.js";
import { suggestCommands } from "./suggest.js";
import { label, t } from "./texts.js";

const HIGHEST = 200; // pixels the input grows to

let bar = null; // {kind: "reply" | "edit", message}
let place = null; // whose draft is in the input
let sending = Promise.resolve(); // one thing after another, in the order written

const field = () => byId("field");

function write(text) {
  field().value = text;
  field().focus();
  field().setSelectionRange(text.length, text.length);
  typed();
}

/** After each change of the input. */
function typed() {
  grow();
  drawSend();
  const text = field().value;
  if (bar?.kind !== "edit" && suggestInline(text)) return;
  // A command that is chosen is sent at once; under a picture it is a caption still being written.
  if (/^\/\w*$/.test(text) && !attached().length) suggestCommands(text);
  else closePopup();
}

function grow() {
  field().style.height = "auto";
  field().style.height = `${Math.min(field().scrollHeight, HIGHEST)}px`;
}

function drawSend() {
  const editing = bar?.kind === "edit";
  byId("send").disabled = (!field().value.trim() && !attached().length);
  byId("send").replaceChildren(icon("send"));
  label(byId("send"), editing ? t("save") : t("send"));
  byId("attach").disabled = editing;
  field().placeholder = hint();
  field().setAttribute("aria-label", hint());
}

function hint() {
  if (attached().length) return t("fieldCaption");
  const asked = bar?.message.reply_markup;
  if (asked?.force_reply && asked.input_field_placeholder) return asked.input_field_placeholder;
  return openChat() && isPrivate(openChat()) ? t("fieldHint") : t("fieldGroup");
}

function setBar(next) {
  bar = next;
  const node = byId("bar");
  node.hidden = !bar;
  if (!bar) node.replaceChildren();
  else {
    const title = bar.kind === "edit" ? t("editing") : t("replyTo", { name: nameOf(bar.message.from) });
    node.replaceChildren(icon(bar.kind), el("p", { class: "bar-words" }, el("strong", {}, title), el("span", {}, summary(bar.message))), closeButton(cancelBar));
  }
  drawSend();
}

function cancelBar() {
  const wasEdit = bar?.kind === "edit";
  setBar(null);
  if (wasEdit) write("");
  field().focus();
}

function reply(message) {
  if (bar?.kind === "edit") write("");
  setBar({ kind: "reply", message });
  field().focus();
}

function edit(message) {
  setBar({ kind: "edit", message });
  write(message.text ?? message.caption ?? "");
}

function send() {
  const draft = { text: field().value, bar, files: attached(), as: sendingAs() };
  if (!draft.text.trim() && !draft.files.length) return;
  const goal = here();
  fill({ text: "", bar: null, files: [] });
  sending = sending.then(() => deliver(draft, goal));
}

async function deliver(draft, goal) {
  const done = await attempt(request(draft, goal));
  if (done) {
    [done].flat().filter((one) => one?.chat).forEach(learn);
    draft.files.forEach(({ url }) => URL.revokeObjectURL(url));
  } else if (!field().value && !attached().length && placeKey(goal.person, goal.chat, goal.topic) === place) fill(draft); // nothing typed is lost
}

async function request({ text: written, bar: mode, files, as }, goal) {
  const text = written.trim();
  const replyTo = mode?.kind === "reply" ? mode.message.message_id : undefined;
  if (mode?.kind === "edit") return api.edit(goal.person, mode.message.chat.id, mode.message.message_id, text);
  if (files.length) return api.sendFiles(goal, await filesToSend(files, as), { as, caption: text, replyTo });
  return api.say(goal, text, replyTo);
}

function fill({ text, bar: mode, files, as }) {
  setAttached(files, as);
  setBar(mode);
  field().value = text;
  closePopup();
  grow();
  drawSend();
}

/** Another place: put this draft away and take that place's out. */
function moved() {
  const key = hereKey();
  if (place !== key) {
    if (place) keepDraft(place, { text: field().value, bar, files: attached(), as: sendingAs() });
    place = key;
    emit("drafts");
    fill(draftOf(key) ?? { text: "", bar: null, files: [] });
    const said = messagesIn(state.chat, state.topic);
    const open = said.slice(said.findLastIndex(isMine) + 1).findLast(wantsReply);
    if (open && !bar) reply(open);
  }
  drawDoor();
  drawSend();
  showReplyKeyboard();
}

/** Whether it is a question of the bot that wants its answer as a reply. */
const wantsReply = (message) => message.reply_markup?.force_reply && !isMine(message) && meantForMe(message);

/** Why one cannot write here, if so, and the way out. */
function drawDoor() {
  const chat = openChat();
  if (!chat) return;
  const topic = topicsOf(chat).find((one) => one.id === state.topic);
  const who = nameOf(me());
  const away = ["left", "kicked"].includes(chat.bot); // one can still talk to the others
  const closed =
    (away && [t("botAway"), t("add_bot"), () => attempt(api.group("add_bot", chat.id))]) ||
    (chat.bot === "blocked" && [t("blockedHint", { name: who }), t("unblock"), () => attempt(api.unblock(state.me))]) ||
    (topic?.closed && !chat.admins?.includes(state.me) && [t("topicClosed")]);
  byId("row").hidden = Boolean(closed) && !away;
  byId("closed").hidden = !closed;
  if (!closed) return;
  const [words, way, act] = closed;
  byId("closed").replaceChildren(el("p", {}, words), way ? el("button", { type: "button", class: "button main", onclick: act }, way) : "");
}

function key(event) {
  if (event.isComposing || popupKey(event)) return; // an input method is choosing signs
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    send();
  } else if (event.key === "Escape" && bar) cancelBar();
  else if (event.key === "ArrowUp" && !field().value && !attached().length) {
    const own = messagesIn(state.chat, state.topic).findLast((message) => isMine(message) && (message.text || message.caption));
    if (!own) return;
    event.preventDefault();
    edit(own);
  }
}

export function startComposer() {
  startAttachments({ onChange: drawSend, mayAttach: () => !byId("row").hidden && bar?.kind !== "edit" });
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  field().addEventListener("input", typed);
  field().addEventListener("keydown", key);
  for (const kind of ["place", "world"]) on(kind, moved);
  on("messages", ({ chat }) => {
    if (chat !== undefined && chat !== state.chat) return;
    if (bar && !messageOf(bar.message.chat.id, bar.message.message_id)) cancelBar(); // it was deleted meanwhile
    showReplyKeyboard();
  });
  on("arrived", (message) => {
    if (message.chat.id === state.chat && (topicOf(message) ?? null) === state.topic && wantsReply(message)) reply(message);
  });
  on("reply", reply);
  on("edit", edit);
  on("write", write);
  on("inline", (query) => write(`@${state.bot.username} ${query}`));
  on("mention", (name) => write(`${field().value}${name} `));
}

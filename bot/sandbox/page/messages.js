// The open conversation: drawn anew where it changed, kept where it did not.

import { bubble } from "./bubble.js";
import { grouped, serviceOf, words } from "./content.js";
import { toast } from "./dialogs.js";
import { byId, calm, el, leave } from "./dom.js";
import { isMine, messageOf, messagesIn, nameOf, on, openChat, state, topicOf } from "./state.js";
import { day, t } from "./texts.js";

const NEAR = 120; // pixels from the end that still count as reading along
const SOON = 300; // seconds within which a sender's messages stand together
const DRAFT_MS = 30_000;

const drawn = new Map(); // key -> {node, look}
let live = false; // whether what appears now has just happened
let draft = null;

const list = () => byId("messages");
const scroll = () => byId("scroll");
let sticking = true; // whether one reads along, so that the view follows what comes
let top = 0;
const atEnd = () => scroll().scrollHeight - scroll().scrollTop - scroll().clientHeight < NEAR;

function toEnd(smooth = false) {
  sticking = true;
  const { scrollHeight, scrollTop, clientHeight } = scroll();
  const far = scrollHeight - scrollTop > 3 * clientHeight; // gliding over all that would take too long
  scroll().scrollTo({ top: scrollHeight, behavior: smooth && !far && !calm() ? "smooth" : "instant" });
  byId("to-bottom").hidden = true;
}

/** Only going up leaves the end: a smooth way down passes many places on which nobody wants to stay. */
function scrolled() {
  if (atEnd()) sticking = true;
  else if (scroll().scrollTop < top - 2) sticking = false;
  top = scroll().scrollTop;
  if (sticking) byId("to-bottom").hidden = true;
}

/** Another conversation. */
export function openConversation() {
  live = false;
  drawn.clear();
  list().replaceChildren();
  draft = null;
  draw();
  live = true;
  toEnd();
}

/** Bring the list up to date; only what looks different is replaced. */
export function draw() {
  if (state.chat === null) return;
  const follow = sticking;
  const wanted = rows();
  const keys = new Set(wanted.map((row) => row.key));
  for (const [key, { node }] of drawn) {
    if (keys.has(key)) continue;
    drawn.delete(key);
    if (live) leave(node);
    else node.remove();
  }
  let before = null;
  for (const row of wanted) before = place(row, before);
  if (follow) toEnd(live);
}

function rows() {
  const groups = grouped(messagesIn(state.chat, state.topic));
  const list = groups.flatMap((group, index) => {
    const [first] = group;
    const last = groups[index - 1]?.[0];
    const newDay = !last || day(last.date) !== day(first.date);
    const follows = !newDay && last.from?.id === first.from?.id && first.date - last.date < SOON && !serviceOf(last);
    return [
      newDay && { key: `day ${day(first.date)}`, look: day(first.date), make: () => el("li", { class: "day" }, el("span", {}, day(first.date))) },
      { key: first.message_id, look: JSON.stringify([group, follows]), make: () => bubble(group, { follows }) },
    ].filter(Boolean);
  });
  if (draft) list.push({ key: "draft", look: draft, make: () => ghost(draft) });
  return list;
}

/** Put a row behind the one before it; gives its node. */
function place({ key, look, make }, before) {
  const old = drawn.get(key);
  let node = old?.node;
  if (!old || old.look !== look) {
    const focused = old && old.node.contains(document.activeElement);
    node = make();
    if (old) old.node.replaceWith(node);
    if (live) node.classList.add(old ? "changed" : "arriving");
    if (focused) node.focus();
    drawn.set(key, { node, look });
  }
  let next = before ? before.nextSibling : list().firstChild;
  while (next?.classList.contains("leaving")) next = next.nextSibling;
  if (next !== node) list().insertBefore(node, next);
  return node;
}

/** What the bot is about to say (sendMessageDraft). */
function ghost(text) {
  return el("li", { class: "message theirs ghost" }, el("div", { class: "column" }, el("div", { class: "bubble" }, el("div", { class: "text" }, text))));
}

function setDraft(text) {
  draft = text;
  draw();
}

/** Scroll to a message and point at it. */
export function jump(id) {
  const node = list().querySelector(`[data-ids~="${Number(id)}"]`);
  if (!node) return toast(t("gone"));
  node.scrollIntoView({ block: "center", behavior: calm() ? "instant" : "smooth" });
  node.classList.remove("pointed");
  requestAnimationFrame(() => node.classList.add("pointed"));
  node.focus({ preventScroll: true });
}

const isHere = (message) => message.chat.id === state.chat && (topicOf(message) ?? null) === state.topic;

function arrived(message) {
  if (!isHere(message)) return;
  if (draft && !isMine(message)) setDraft(null);
  if (isMine(message)) toEnd(true);
  else {
    byId("announce").textContent = `${nameOf(message.from)}: ${serviceOf(message) ?? words(message)}`;
    byId("to-bottom").hidden = sticking;
  }
}

/** Up and down go from message to message; Home and End to the ends. */
function walk(event) {
  const current = document.activeElement.closest?.(".message");
  if (!["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key) || event.target.closest("[role=menu], pre")) return;
  const all = [...list().querySelectorAll(".message:not(.leaving, .ghost)")];
  if (!all.length || (!current && event.target !== scroll())) return;
  const at = all.indexOf(current);
  const goal = { ArrowUp: current ? at - 1 : all.length - 1, ArrowDown: current ? at + 1 : all.length - 1, Home: 0, End: all.length - 1 };
  event.preventDefault();
  const node = all[Math.min(Math.max(goal[event.key], 0), all.length - 1)];
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: "nearest" });
}

export function startMessages() {
  on("messages", ({ chat }) => (chat === undefined || chat === state.chat) && draw());
  on("arrived", arrived);
  on("jump", ({ chat, id }) => messageOf(chat, id) ? jump(id) : toast(t("gone")));
  on("draft", ({ chat, text }) => {
    if (chat !== state.chat) return;
    const shown = text || t("thinking");
    setDraft(shown);
    setTimeout(() => draft === shown && setDraft(null), DRAFT_MS);
  });
  scroll().addEventListener("scroll", scrolled, { passive: true });
  scroll().addEventListener("keydown", walk);
  byId("to-bottom").addEventListener("click", () => toEnd(true));
  // The keyboard of a phone or a growing composer must not hide the newest message.
  new ResizeObserver(() => sticking && openChat() && toEnd()).observe(scroll());
}

// Wishes under way: each a card with a cell for every picture, until all of them are in the gallery or it is known why not.

import * as api from "./api.js";
import { announce, attempt } from "./dialogs.js";
import { $, el, emit, hex, icon, session } from "./dom.js";
import { showSmall } from "./files.js";
import { balance, delivering, goOnFrom, refuse, remedies } from "./form.js";
import { feel } from "./telegram.js";
import { t, told, why } from "./texts.js";
import { watch } from "./watch.js";

// A lost answer is asked for again with the same key, which makes no second task of it.
const TRIES_MS = [400, 1500, 4000];
const FAILED_SHOWN_MS = 3_600_000;
const HEIGHT_PX = 104;
const cards = new Map(); // node -> {task, sent, stop, since}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const fate = ({ code, message }) => told(`failed_${code}`, message);

/** Send it: `send(key)` gives the answer of the server. `sketch` is {prompt, count, ratio}. */
export function place(sketch, send) {
  const card = add({ sketch, key: hex(16), send, since: Date.now() });
  feel("light");
  announce(t("sending"));
  return deliver(card);
}

async function deliver(card) {
  draw(card, { words: t("sending") });
  for (const wait of [...TRIES_MS, 0]) {
    try {
      const { taskId } = await card.send(card.key);
      balance().catch(() => {});
      return follow(card, taskId);
    } catch (error) {
      const unclear = error.status === 0 || error.status >= 500;
      if (unclear && wait) {
        await pause(wait);
        continue;
      }
      if (!unclear && card.sketch.form) {
        drop(card);
        emit("view", "create");
        return refuse(error);
      }
      feel("error");
      announce(why(error));
      return draw(card, { words: why(error), failed: true, does: [...remedies(error), ["again", t("retry"), () => deliver(card)], ["close", t("dismiss"), () => drop(card)]] });
    }
  }
}

function follow(card, id) {
  card.id = id;
  card.stop = watch(id, {
    hear: (task) => hear(card, task),
    gone: () => drop(card),
    quiet: () => draw(card, { words: t("noNews"), does: [["again", t("look"), () => follow(card, id)]] }),
  });
}

function hear(card, task) {
  const { images, error, cancelled } = task.generation;
  const there = images.filter((one) => one.url).length;
  if (there > (card.there ?? 0)) emit("arrived");
  if (cancelled) return cancelledNow(card);
  Object.assign(card, { task, there, since: card.since ?? Date.parse(task.generation.createdAt) });
  if (!["completed", "failed"].includes(task.status)) {
    const words = there ? t("someThere", { there, all: images.length }) : t(task.status);
    return draw(card, { words, ticking: true, does: [["close", t("cancel"), () => attempt(api.cancel(card.id))]] });
  }
  balance().catch(() => {});
  emit("arrived");
  if (!error) {
    feel("success");
    announce(t("ready", { n: there }));
    return drop(card);
  }
  feel("error");
  const words = there ? t("partly", { there, all: images.length, why: fate(error) }) : fate(error);
  announce(words);
  draw(card, { words, failed: true, does: [
    ["again", t("retry"), () => retry(card)], ["edit", t("editPrompt"), () => goOnFrom({ prompt: task.prompt })], ["close", t("dismiss"), () => dismiss(card)],
  ] });
}

async function retry(card) {
  card.retry ??= hex(16); // pressed twice, or asked again after a lost answer, it is one
  const answer = await attempt(api.retry(card.id, { deliver: delivering() }, card.retry));
  if (!answer || !cards.has(card.node)) return;
  card.retry = null;
  if (answer.taskId !== card.id) dismissed(card.id);
  card.stop?.();
  Object.assign(card, { since: Date.now(), there: 0 });
  follow(card, answer.taskId);
}

/** What is drawn already may still come; then it is in the gallery. */
function cancelledNow(card) {
  announce(t("cancelled"));
  drop(card);
  balance().catch(() => {});
}

const dismissed = (id) => session.set("dismissed", [...(session.get("dismissed") ?? []), id].slice(-50));

function dismiss(card) {
  dismissed(card.id);
  drop(card);
}

function add(card) {
  card.node = el("li", { class: "wish" });
  cards.set(card.node, card);
  $("wishes").prepend(card.node);
  count();
  return card;
}

function drop(card) {
  card.stop?.();
  const had = card.node.contains(document.activeElement);
  card.node.remove();
  cards.delete(card.node);
  if (had) $("search").focus();
  count();
}

function count() {
  $("under-way").hidden = !cards.size;
  $("under-way").textContent = cards.size;
  emit("wishes", cards.size);
}

function cell(image, ratio, still) {
  const [wide, high] = image?.width ? [image.width, image.height] : (/^\d+:\d+$/.test(ratio) ? ratio : "1:1").split(":").map(Number);
  const sign = image?.status === "failed" || still ? icon("close") : null;
  const shown = image?.url && el("img", { alt: "" });
  if (shown) showSmall(shown, image, () => shown.remove());
  const node = el("div", { class: sign && !shown ? "cell still" : "cell" }, shown || sign);
  node.style.width = `${Math.min(Math.max(HEIGHT_PX * (wide / high), 46), 200)}px`;
  return node;
}

function draw(card, { words, failed = false, ticking = false, does = [] }) {
  const made = card.task?.generation;
  const prompt = card.task?.prompt || card.sketch?.prompt || "";
  const images = made?.images ?? Array.from({ length: card.sketch?.count ?? 1 }, () => null);
  const focused = [...card.node.querySelectorAll("button")].indexOf(document.activeElement);
  card.words = ticking ? words : "";
  card.node.classList.toggle("failed", failed);
  card.node.replaceChildren(
    el("div", { class: "cells" }, images.map((one) => cell(one, made?.aspectRatio ?? card.sketch?.ratio, failed))),
    el("p", { class: "words" }, prompt),
    el("div", { class: "row" }, el("p", { class: "state" }, words),
      does.map(([sign, text, click]) => el("button", { type: "button", class: "pill", click }, icon(sign), text))));
  if (focused >= 0) card.node.querySelectorAll("button")[focused]?.focus();
  tick();
}

function tick() {
  for (const { node, words, since } of cards.values()) {
    if (words) node.querySelector(".state").textContent = t("elapsed", { words, seconds: Math.max(0, Math.round((Date.now() - since) / 1000)) });
  }
}

/** What is under way on the server, and what failed lately. */
export async function findAgain() {
  const known = new Set([...cards.values()].map(({ id }) => id));
  for (const task of (await api.tasks()).reverse()) {
    const { createdAt, error, cancelled } = task.generation;
    const failed = error && Date.parse(createdAt) > Date.now() - FAILED_SHOWN_MS && !session.get("dismissed")?.includes(task.id);
    const open = ["pending", "processing"].includes(task.status);
    if (known.has(task.id) || cancelled || !(open || failed)) continue;
    const card = add({ id: task.id });
    if (open) follow(card, task.id);
    hear(card, task);
  }
}

export function startWishes() {
  setInterval(tick, 1000);
  return findAgain();
}

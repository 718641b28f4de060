// Every picture one has, newest first: searched, starred, without end. New ones come in on top.

import * as api from "./api.js";
import { attempt } from "./dialogs.js";
import { $, el, emit, icon, on } from "./dom.js";
import { showSmall, sourceOf } from "./files.js";
import { t, why } from "./texts.js";
import { view } from "./viewer.js";

const PAGE = 30;
const TYPING_MS = 250;
let shown = []; // pictures in their order
let next = null;
let asked = 0; // the newest question; answers to older ones come too late
let wishes = 0;

const query = (more = {}) => ({ q: $("search").value.trim(), limit: PAGE, ...(starred() ? { starred: true } : {}), ...more });
const starred = () => $("starred").getAttribute("aria-pressed") === "true";

async function read() {
  const mine = ++asked;
  const page = await api.pictures(query());
  if (mine !== asked) return;
  shown = page.data;
  next = page.next;
  draw();
}

async function readOn() {
  if (!next) return;
  const [mine, cursor] = [asked, next];
  next = null; // asked for once
  try {
    const page = await api.pictures(query({ cursor }));
    if (mine !== asked) return;
    shown = [...shown, ...page.data.filter(({ id }) => !shown.some((one) => one.id === id))];
    next = page.next;
    draw();
  } catch (error) {
    next = cursor;
    fail(error, readOn);
  }
}

/** What is new on top; the rest stays where it is. */
async function refresh() {
  const mine = asked;
  const { data, next: more } = await api.pictures(query());
  if (mine !== asked) return;
  const known = new Set(shown.map(({ id }) => id));
  if (!known.size) next = more;
  const fresh = new Map(data.map((one) => [one.id, one]));
  shown = [...data.filter(({ id }) => !known.has(id)), ...shown.map((one) => fresh.get(one.id) ?? one)];
  draw();
}

function fail(error, again) {
  $("empty").hidden = true;
  $("end").replaceChildren(el("span", {}, why(error)), " ", el("button", { type: "button", class: "pill", click: () => attemptAgain(again) }, icon("again"), t("retry")));
}

const attemptAgain = (act) => act().catch((error) => fail(error, act));

const tiles = new Map(); // id -> <li>

function draw() {
  const nodes = shown.map((picture) => {
    const known = tiles.get(picture.id);
    const node = known?.starred === picture.starred && known.waiting === picture.waiting ? known.node : tile(picture);
    tiles.set(picture.id, { node, starred: picture.starred, waiting: picture.waiting });
    return node;
  });
  // Only what differs is touched, so that the focus stays and nothing flickers.
  const kept = new Set(nodes);
  for (const node of [...$("grid").children]) if (!kept.has(node)) node.remove();
  nodes.forEach((node, index) => $("grid").children[index] !== node && $("grid").insertBefore(node, $("grid").children[index] ?? null));
  const searching = $("search").value.trim() || starred();
  $("empty").hidden = shown.length > 0 || (wishes > 0 && !searching);
  const [title, text] = !searching ? ["emptyTitle", "emptyText"] : starred() && !$("search").value.trim() ? ["noneStarred", "noneStarredText"] : ["noneFound", "noneFoundText"];
  $("empty").replaceChildren(el("img", { src: document.querySelector("link[rel=icon]").href, alt: "" }), el("h2", {}, t(title)), el("p", {}, t(text)));
  $("end").replaceChildren(...(next ? [el("button", { type: "button", class: "pill", click: readOn }, t("showMore"))] : []));
  emit("pictures");
}

function tile(picture) {
  const image = el("img", { alt: "", loading: "lazy", decoding: "async" });
  const button = el("button", { type: "button", "aria-label": picture.prompt || t("picture"), click: () => open(picture.id) }, image);
  const node = el("li", { class: "tile" }, button, picture.starred && icon("star"));
  node.style.setProperty("--ratio", Math.min(Math.max(picture.width / picture.height || 1, 0.5), 2.6).toFixed(3));
  // What came too late costs something only once it is looked at.
  if (picture.waiting) image.replaceWith(el("span", { class: "gone" }, t("late")));
  else showSmall(image, picture, (error) => image.replaceWith(el("span", { class: "gone" }, error ? why(error) : t("error_gone"))));
  return node;
}

const seen = () => shown.filter(({ waiting }) => !waiting);

async function open(id) {
  const picture = shown.find((one) => one.id === id);
  if (picture.waiting && !(await attempt(sourceOf(picture)))) return;
  if (picture.waiting) changed({ id, change: { waiting: false } });
  view(seen().findIndex((one) => one.id === id), {
    pictures: seen,
    more: readOn,
    focus: (picture) => tiles.get(picture?.id)?.node.firstChild.focus(),
  });
}

/** `picture` has changed, or is gone when `change` is null. */
function changed({ id, change }) {
  shown = shown.flatMap((one) => (one.id !== id ? one : change ? { ...one, ...change } : []));
  if (!change) tiles.delete(id);
  draw();
}

export function startGallery() {
  let typing;
  const anew = () => attemptAgain(read);
  $("search").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(anew, TYPING_MS);
  });
  $("starred").append(icon("star"), el("span", {}, t("starred")));
  $("starred").addEventListener("click", () => {
    $("starred").setAttribute("aria-pressed", String(!starred()));
    anew();
  });
  new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && readOn(), { rootMargin: "600px" }).observe($("end"));
  on("arrived", () => refresh().catch((error) => fail(error, refresh)));
  on("picture", changed);
  on("wishes", (count) => { wishes = count; if (!count || !shown.length) draw(); });
  return anew();
}

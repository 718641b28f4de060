// The pictures a wish works on: dropped, pasted, picked, or taken from the gallery; in an order one can change.

import { announce, toast } from "./dialogs.js";
import { $, el, emit, icon } from "./dom.js";
import { sourceOf } from "./files.js";
import { t } from "./texts.js";

const BYTES_MAX = 20_000_000;
const DRAG_PX = 8;
let shots = []; // {file, url} or {picture, url}
let most = 1;
let moved = false;

export const references = () => shots;
export const pictureIds = () => shots.flatMap(({ picture }) => picture?.id ?? []);

export function limitTo(count) {
  most = count;
  draw();
}

export function addFiles(files) {
  const good = [...files].filter((file) => file.type.startsWith("image/") && file.size <= BYTES_MAX);
  if (good.length < files.length) toast(t("notPictures"));
  add(good.map((file) => ({ file, url: URL.createObjectURL(file) })));
}

export async function addPicture(picture) {
  if (shots.some((shot) => shot.picture?.id === picture.id)) return;
  add([{ picture, url: await sourceOf(picture) }]);
}

function add(more) {
  if (shots.length + more.length > most) toast(t("tooMany", { n: most }));
  shots = [...shots, ...more].slice(0, Math.max(most, shots.length));
  draw();
  emit("draft");
}

function remove(index) {
  if (shots[index].file) URL.revokeObjectURL(shots[index].url);
  shots.splice(index, 1);
  draw();
  emit("draft");
  ($("shots").children[Math.min(index, shots.length - 1)]?.firstChild ?? $("pick")).focus();
}

function move(from, to) {
  if (to < 0 || to >= shots.length || from === to) return;
  shots.splice(to, 0, ...shots.splice(from, 1));
  draw();
  emit("draft");
  $("shots").children[to].firstChild.focus();
  announce(t("moved", { n: to + 1 }));
}

function draw() {
  $("shots").replaceChildren(...shots.map(({ url }, index) => {
    const n = index + 1;
    const key = (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) move(index, index + step);
      else if (["Delete", "Backspace"].includes(event.key)) remove(index);
      else return;
      event.preventDefault();
    };
    const press = (event) => drag(event, index);
    return el("li", { class: index < most ? "" : "over" },
      el("button", { type: "button", class: "shot", "aria-label": t("shot", { count: n, all: shots.length }), keydown: key, pointerdown: press }, el("img", { src: url, alt: "" })),
      el("span", { class: "number", "aria-hidden": "true" }, n),
      el("button", { type: "button", class: "drop", "aria-label": t("removeShot", { count: n }), click: () => remove(index) }, icon("close")));
  }));
  $("pick").hidden = shots.length >= most;
  $("pick").replaceChildren(icon("picture"), t(shots.length ? "pickMore" : "pick"));
  $("shots-hint").textContent = t(shots.length > 1 ? "orderHint" : "pickHint", { n: most });
}

function drag(down, from) {
  const item = down.currentTarget.parentElement;
  moved = false;
  const follow = (event) => {
    if (!moved && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < DRAG_PX) return;
    moved = true;
    item.classList.add("moving");
    const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("#shots li");
    if (!over || over === item) return;
    const order = [...$("shots").children];
    over[order.indexOf(over) > order.indexOf(item) ? "after" : "before"](item);
  };
  const end = () => {
    removeEventListener("pointermove", follow);
    item.classList.remove("moving");
    if (moved) move(from, [...$("shots").children].indexOf(item));
  };
  addEventListener("pointermove", follow);
  for (const name of ["pointerup", "pointercancel"]) addEventListener(name, end, { once: true });
}

export function startReferences(toImages) {
  $("pick").addEventListener("click", () => $("files").click());
  $("files").addEventListener("change", () => {
    addFiles($("files").files);
    $("files").value = "";
  });
  const brought = (event, files) => {
    if (!files?.length || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    toImages();
    addFiles(files);
  };
  const carries = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
  addEventListener("paste", (event) => brought(event, event.clipboardData?.files));
  addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => event.relatedTarget || document.body.classList.remove("dropping"));
  addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (carries(event)) brought(event, event.dataTransfer.files);
  });
}

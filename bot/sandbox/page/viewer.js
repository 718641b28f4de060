// A picture over the whole screen, with its neighbours: arrows, swipe, zoom, download.

import { fileUrl } from "./api.js";
import { pictureOf } from "./content.js";
import { closeButton, modal } from "./dialogs.js";
import { el, icon } from "./dom.js";
import { messagesIn, topicOf } from "./state.js";
import { t } from "./texts.js";

const SWIPE = 50; // pixels

export function openViewer(message) {
  const all = messagesIn(message.chat.id, topicOf(message)).filter(pictureOf);
  let at = Math.max(all.findIndex((one) => one.message_id === message.message_id), 0);

  const image = el("img", { class: "viewer-image", data: { testid: "viewer-image" } });
  const caption = el("p", { class: "viewer-caption", "aria-live": "polite" });
  const place = el("p", { class: "viewer-place" });
  const save = el("a", { class: "icon-button", "aria-label": t("download"), title: t("download"), data: { testid: "download" } }, icon("save"));
  const turn = (name, words, step) =>
    el("button", { type: "button", class: `icon-button viewer-${name}`, "aria-label": words, title: words, onclick: () => show(at + step) }, icon(name));
  const left = turn("left", t("previous"), -1);
  const right = turn("right", t("next"), 1);
  const stage = el("div", { class: "viewer-stage" }, image);

  const { dialog } = modal(
    { class: "viewer", "aria-label": t("picture"), data: { testid: "viewer" } },
    el("header", {}, place, save, closeButton(() => dialog.close())),
    left, stage, right, caption,
  );

  function show(index) {
    if (index < 0 || index >= all.length) return;
    at = index;
    const picture = pictureOf(all[at]);
    dialog.classList.remove("zoomed");
    image.src = fileUrl(picture.id);
    image.alt = all[at].caption ?? t("picture");
    caption.textContent = all[at].caption ?? "";
    place.textContent = t("viewer", { at: at + 1, count: all.length });
    save.href = image.src;
    save.download = picture.name ?? "";
    left.disabled = at === 0;
    right.disabled = at === all.length - 1;
  }

  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft") show(at - 1);
    if (key === "ArrowRight") show(at + 1);
  });
  image.addEventListener("dblclick", () => dialog.classList.toggle("zoomed"));
  stage.addEventListener("click", (event) => event.target === stage && dialog.close());
  onSwipe(stage, (step) => !dialog.classList.contains("zoomed") && show(at + step), () => dialog.close());
  show(at);
}

/** Sideways turns the page, downwards closes. */
function onSwipe(node, turn, close) {
  let from = null;
  node.addEventListener("touchstart", ({ touches }) => {
    from = touches.length === 1 ? { x: touches[0].clientX, y: touches[0].clientY } : null;
  }, { passive: true });
  node.addEventListener("touchend", ({ changedTouches: [touch] }) => {
    if (!from) return;
    const [x, y] = [touch.clientX - from.x, touch.clientY - from.y];
    if (Math.abs(x) > SWIPE && Math.abs(x) > Math.abs(y)) turn(x < 0 ? 1 : -1);
    else if (y > 2 * SWIPE) close();
  }, { passive: true });
}

// One picture over the whole screen, with its neighbours and all that can be made of it.

import { actionsOf } from "./actions.js";
import { modal } from "./dialogs.js";
import { el, icon, on } from "./dom.js";
import { sourceOf } from "./files.js";
import { modelName } from "./form.js";
import { moment, t, why } from "./texts.js";
import { zoomable } from "./zoom.js";

const KEYS = { ArrowLeft: -1, ArrowRight: 1 };
let refresh = null;
on("pictures", () => refresh?.());

/** Show the picture at `index` of `pictures()`; `focus(picture)` afterwards. */
export async function view(index, { pictures, more, focus }) {
  let at = pictures()[index];
  let after = null;
  const place = el("p", { role: "status" });
  const stage = el("div", { class: "stage" });
  const caption = el("p", { class: "caption" });
  const does = el("div", { class: "does", role: "group", "aria-label": t("actions") });
  const step = (way, sign) => el("button", { type: "button", class: `round step ${way < 0 ? "left" : "right"}`, "aria-label": t(sign), click: () => turn(way) }, icon(sign));
  const steps = [step(-1, "back"), step(1, "next")];
  const { dialog, closed } = modal({ class: "viewer", "aria-label": t("picture") },
    el("header", {}, el("button", { type: "button", class: "round", "aria-label": t("close"), click: () => dialog.close() }, icon("close")), place, el("span", { class: "round" })),
    stage, el("footer", {}, caption, does));
  const zoom = zoomable(stage, { turn, leave: () => dialog.close() });

  // Wherever the focus is; but not while a question lies above.
  function keydown(event) {
    if ([...document.querySelectorAll("dialog[open]")].at(-1) !== dialog) return;
    if (KEYS[event.key]) turn(KEYS[event.key]);
    else if (event.key === "+") zoom.nearer(1.5);
    else if (event.key === "-") zoom.nearer(1 / 1.5);
    else if (event.key === "0") zoom.reset();
  }

  function turn(way) {
    const all = pictures();
    const to = all[all.findIndex(({ id }) => id === at.id) + way];
    if (to) show(to);
    if (all.indexOf(to) > all.length - 4) more();
  }

  function show(picture) {
    at = picture;
    const image = el("img", { alt: picture.prompt, draggable: "false" });
    stage.replaceChildren(image, ...steps);
    stage.classList.add("busy");
    const failed = (text) => { stage.classList.remove("busy"); image.replaceWith(el("p", { class: "gone", role: "alert" }, text)); };
    image.addEventListener("load", () => stage.classList.remove("busy"));
    image.addEventListener("error", () => failed(t("error_gone")));
    sourceOf(picture).then((url) => { image.src = url; }, (error) => failed(why(error)));
    zoom.reset();
    draw();
  }

  function draw() {
    const all = pictures();
    const number = all.findIndex(({ id }) => id === at.id);
    if (number < 0) return dialog.close();
    at = all[number];
    place.textContent = t("place", { at: number + 1, all: all.length });
    steps[0].hidden = number === 0;
    steps[1].hidden = number === all.length - 1;
    const about = [modelName(at), at.aspectRatio, at.width && `${at.width} × ${at.height}`, moment(at.createdAt)].filter(Boolean).join(" · ");
    caption.replaceChildren(at.prompt, el("small", {}, about));
    caption.toggleAttribute("tabindex", false);
    if (caption.scrollHeight > caption.clientHeight) caption.tabIndex = 0;
    const focused = [...does.children].indexOf(document.activeElement);
    does.replaceChildren(...actionsOf(at).map(({ sign, words, pressed, act }) => el("button", {
      type: "button", "aria-pressed": pressed === undefined ? null : String(pressed),
      click: async () => {
        after = await act();
        if (after) dialog.close();
      },
    }, icon(sign), el("span", {}, words))));
    does.children[focused]?.focus();
  }

  refresh = draw;
  document.addEventListener("keydown", keydown);
  show(at);
  await closed;
  refresh = null;
  document.removeEventListener("keydown", keydown);
  if (after) after();
  else focus(at);
}

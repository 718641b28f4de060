// What lies over the page for a moment: words in passing, questions.

import { $, el } from "./dom.js";
import { feel, goingBack } from "./telegram.js";
import { t, why } from "./texts.js";

const TOAST_MS = 4500;

export function toast(text) {
  const node = el("p", { class: "toast" }, text);
  // An open dialog lies above everything else on the page.
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  (dialog ?? document.body).append($("toasts"));
  $("toasts").append(node);
  setTimeout(() => node.remove(), TOAST_MS);
}

/** For whoever cannot see it. */
export const announce = (text) => { $("news").textContent = text; };

/** Wait for a call; why it did not work is told, and gives undefined. */
export async function attempt(promise) {
  try {
    return await promise;
  } catch (error) {
    feel("error");
    toast(why(error));
    return undefined;
  }
}

/** A modal dialog; gives what it was closed with. The focus goes back to where it was. */
export function modal(attributes, ...children) {
  const dialog = el("dialog", attributes, ...children);
  document.body.append(dialog);
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.showModal();
  const forget = goingBack(() => dialog.close());
  const closed = new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      forget();
      if (dialog.contains($("toasts"))) document.body.append($("toasts"));
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
  return { dialog, closed };
}

const closing = (value, text, kind = "") =>
  el("button", { type: "button", class: `button ${kind}`, click: ({ target }) => target.closest("dialog").close(value) }, text);

/** A question; true when the person agrees. */
export async function sure(title, text, yes) {
  const footer = el("footer", {}, closing("", t("keep")), closing("yes", yes, "bad"));
  return (await modal({ class: "sheet", "aria-label": title }, el("h2", {}, title), el("p", {}, text), footer).closed) === "yes";
}

/** One of several: `choices` are buttons made with a value. Null when it was left. */
export async function choose(title, kind, choices) {
  const pick = (value, ...inside) => el("button", { type: "button", value, click: ({ currentTarget }) => currentTarget.closest("dialog").close(value) }, ...inside);
  const { closed } = modal({ class: "sheet", "aria-label": title }, el("h2", {}, title),
    el("div", { class: kind }, choices.map(([value, ...inside]) => pick(value, ...inside))), el("footer", {}, closing("", t("back"))));
  return (await closed) || null;
}

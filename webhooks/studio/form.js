// The wish as it is being written: its fields depend on the model, its price on all of them, and a reload loses nothing.

import * as api from "./api.js";
import { $, el, emit, local, on } from "./dom.js";
import { addPicture, limitTo, pictureIds, references, startReferences } from "./references.js";
import { shape } from "./shapes.js";
import { feel, openBot, showMain, user } from "./telegram.js";
import { credits, labelOf, number, t, told, why } from "./texts.js";

const COUNT_MAX = 10;
const DRAFT = `draft:${user.id ?? ""}`;
const FIELDS = { prompt: "prompt", image: "pick", images: "pick", negativePrompt: "avoid" };
let models = [];
let styles = [];
let me = {};
let wish = { mode: "text", prompt: "", avoid: "", style: "", model: "", ratio: "", size: "", format: "", count: "1", deliver: true };

const withImages = () => wish.mode === "image";
const usable = () => models.filter((one) => (withImages() ? one.imagesMax : !one.imagesMin));
const model = () => usable().find(({ key }) => key === wish.model) ?? usable()[0];
const price = () => model().prices[wish.size] * Number(wish.count);

function choose(change) {
  feel("select");
  set(change);
}

function set(change) {
  wish = { ...wish, ...change };
  complain("");
  draw();
  keep();
}

/** Where the model has no such thing, its own usual one. */
function settle() {
  const { aspectRatios, defaultAspectRatio, sizes, formats } = model();
  wish.model = model().key;
  if (!aspectRatios.includes(wish.ratio)) wish.ratio = defaultAspectRatio;
  if (!sizes.includes(wish.size)) wish.size = sizes[0];
  if (!formats.includes(wish.format)) wish.format = "";
  if (!styles.some((one) => one.key === wish.style && (withImages() || !one.needsPicture))) wish.style = "";
}

/** Radio buttons in `box`; what has the focus keeps it. */
function radios(box, name, choices, label = {}) {
  const had = $(box).contains(document.activeElement);
  $(box).replaceChildren(...choices.map(([value, content, off]) => el("label", { class: off ? "off" : "", ...label },
    el("input", { type: "radio", name, value, checked: wish[name] === value, disabled: off, change: () => choose({ [name]: value }) }), ...content)));
  const chosen = $(box).querySelector(":checked");
  if (had) chosen?.focus();
  // Into the middle of its row; the page itself stays where it is.
  if (chosen) $(box).scrollLeft = chosen.parentElement.offsetLeft - ($(box).clientWidth - chosen.parentElement.offsetWidth) / 2;
}

function draw() {
  settle();
  const { aspectRatios, sizes, formats, prices, imagesMax } = model();
  for (const mode of ["text", "image"]) {
    $(`tab-${mode}`).setAttribute("aria-selected", String(wish.mode === mode));
    $(`tab-${mode}`).tabIndex = wish.mode === mode ? 0 : -1;
  }
  $("panel").setAttribute("aria-labelledby", `tab-${wish.mode}`);
  $("references").hidden = !withImages();
  if (withImages()) limitTo(imagesMax);
  for (const name of ["prompt", "avoid"]) if ($(name).value !== wish[name]) $(name).value = wish[name];
  $("prompt").placeholder = t(withImages() ? "promptImage" : "promptText");
  const fitting = styles.filter((one) => withImages() || !one.needsPicture);
  radios("styles", "style", [["", [t("noStyle")]], ...fitting.map((one) => [one.key, [`${one.emoji} ${labelOf(one.labels)}`]])]);
  radios("models", "model", usable().map((one) => [one.key, [
    el("b", {}, one.label), el("span", { class: "hint" }, one.available ? told(`model_${one.key}`, "") : t("modelOff")),
    el("span", { class: "cost" }, credits(one.prices[wish.size] ?? one.prices[one.sizes[0]])),
  ], !one.available]));
  radios("ratios", "ratio", aspectRatios.map((one) => [one, shape(one)]));
  $("sizes-set").hidden = sizes.length < 2;
  radios("sizes", "size", sizes.map((one) => [one, [one.toUpperCase()]]));
  radios("counts", "count", Array.from({ length: COUNT_MAX }, (_, index) => [String(index + 1), [index + 1]]));
  $("formats-set").hidden = !formats.length;
  radios("formats", "format", ["", ...formats].map((one) => [one, [one ? one.toUpperCase() : t("auto")]]));
  $("deliver").checked = wish.deliver;
  const cost = Number.isFinite(price()) ? credits(price()) : "";
  $("price").textContent = me.credits && prices ? t("priceOf", { cost, left: number(me.credits.left) }) : cost;
  showMain({ text: `${t("generate")} · ${cost}` });
  measure();
}

function measure() {
  const room = model().promptMax - wish.prompt.length;
  $("left").hidden = room > model().promptMax / 10;
  $("left").textContent = number(room);
  $("left").classList.toggle("over", room < 0);
}

const keep = () => local.set(DRAFT, { ...wish, pictures: pictureIds() });

/** Say what is wrong beside the field at fault, or else above the button; either way it is in sight. */
export function complain(text, field) {
  const said = $("complaint");
  for (const id of Object.values(FIELDS)) $(id).toggleAttribute("aria-invalid", false);
  said.textContent = text;
  if (!text) return;
  feel("error");
  const node = $(FIELDS[field?.replace(/[[\d].*/, "")]);
  if (!node) return document.querySelector(".go").prepend(said);
  (node.closest(".prompt") ?? node).after(said);
  node.setAttribute("aria-invalid", "true");
  if (node.id === "avoid") $("more").open = true;
  node.focus();
  said.scrollIntoView({ block: "nearest" });
}

/** What to do about too few credits, as buttons: more are sold in the chat, of some bots. */
export const remedies = ({ code }) => (code === "not_enough_credits" && me.shop ? [["more", t("buy"), () => openBot(me.shop)]] : []);

/** The server's refusal of a wish. */
export function refuse(error) {
  complain(why(error), error.field);
  $("complaint").append(...remedies(error).map(([, text, click]) => el("button", { type: "button", class: "button", click }, text)));
}

/** What is to be sent, or null when something is missing, which is said. */
export function written() {
  const shots = withImages() ? references() : [];
  if (withImages() && !shots.length) return void complain(t("needsPicture"), "image");
  if (shots.length > model().imagesMax) return void complain(t("tooMany", { n: model().imagesMax }), "image");
  if (!wish.prompt.trim() && !wish.style) return void complain(t("needsPrompt"), "prompt");
  if (wish.prompt.length > model().promptMax) return void complain(t("tooLong", { n: number(model().promptMax) }), "prompt");
  const form = new FormData();
  const fields = {
    mode: withImages() ? "image-to-image" : "text-to-image", prompt: wish.prompt.trim(), style: wish.style, model: wish.model,
    aspectRatio: wish.ratio, size: wish.size, n: wish.count, format: wish.format, negativePrompt: wish.avoid.trim(), deliver: me.canDeliver && wish.deliver ? "true" : "",
  };
  for (const [name, value] of Object.entries(fields)) if (value) form.append(name, value);
  for (const { file, picture } of shots) form.append("images[]", file ?? `picture:${picture.id}`, ...(file ? [file.name] : []));
  return { form, prompt: wish.prompt.trim() || labelOf(styles.find(({ key }) => key === wish.style).labels), count: Number(wish.count), ratio: wish.ratio };
}

export const delivering = () => Boolean(me.canDeliver && wish.deliver);

const modelOf = (picture) => models.find(({ key, id }) => [key, id].includes(picture.model)) ?? models[0];
export const ratiosOf = (picture) => modelOf(picture).aspectRatios;
export const modelName = (picture) => modelOf(picture).label;

/** A picture or a prompt to go on from. */
export async function goOnFrom({ picture, prompt }) {
  set(picture ? { mode: "image", prompt: "" } : { prompt });
  if (picture) await addPicture(picture);
  emit("view", "create");
  $("prompt").focus();
}

export async function balance() {
  me = await api.me();
  draw();
  $("balance").hidden = !me.credits;
  if (!me.credits) return;
  $("balance").textContent = number(me.credits.left);
  $("balance").setAttribute("aria-label", t("balance", { left: number(me.credits.left) }));
  $("balance").title = t("balance", { left: number(me.credits.left) });
}

export async function startForm(who) {
  me = who;
  ({ data: models, styles } = await api.models());
  const { pictures = [], ...draft } = local.get(DRAFT) ?? {};
  wish = { ...wish, ...draft };
  const toMode = (mode) => wish.mode === mode || choose({ mode });
  startReferences(() => { emit("view", "create"); toMode("image"); });
  for (const mode of ["text", "image"]) {
    $(`tab-${mode}`).addEventListener("click", () => toMode(mode));
    $(`tab-${mode}`).addEventListener("keydown", ({ key }) => {
      if (!["ArrowLeft", "ArrowRight"].includes(key)) return;
      toMode(mode === "text" ? "image" : "text");
      $(`tab-${wish.mode}`).focus();
    });
  }
  for (const name of ["prompt", "avoid"]) {
    $(name).addEventListener("input", () => {
      wish[name] = $(name).value;
      complain("");
      measure();
      keep();
    });
  }
  $("prompt").addEventListener("keydown", (event) => (event.ctrlKey || event.metaKey) && event.key === "Enter" && $("wish").requestSubmit());
  $("deliver-row").hidden = !me.canDeliver;
  $("deliver").addEventListener("change", () => choose({ deliver: $("deliver").checked }));
  on("draft", () => { complain(""); keep(); });
  draw();
  for (const id of pictures) addPicture({ id, url: null }).catch(keep);
}

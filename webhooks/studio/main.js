// The page: it is let in, then its parts start, each with its share of the screen.

import * as api from "./api.js";
import { actFor } from "./actions.js";
import { toast } from "./dialogs.js";
import { $, emit, on } from "./dom.js";
import { balance, startForm, written } from "./form.js";
import { startGallery } from "./gallery.js";
import { enter, turnAway } from "./session.js";
import { goingBack, meetTelegram, showMain, user } from "./telegram.js";
import { speak, t, why } from "./texts.js";
import { findAgain, place, startWishes } from "./wishes.js";

const wide = matchMedia("(min-width: 900px)");
// Nobody means two wishes by a double tap.
const TWICE_MS = 600;
let pressed = [];
let toCreate = null;

function show(view) {
  $("app").dataset.view = view;
  $("to-create").setAttribute("aria-pressed", String(view === "create"));
  $("to-pictures").setAttribute("aria-pressed", String(view === "pictures"));
  const away = view === "pictures" && !wide.matches;
  if (away) toCreate ??= goingBack(() => show("create"));
  else toCreate = toCreate?.();
  showMain({ visible: !away });
}

function generate(event) {
  event?.preventDefault();
  const now = [$("prompt").value, performance.now()];
  if (now[0] === pressed[0] && now[1] - pressed[1] < TWICE_MS) return;
  const wish = written();
  if (!wish) return emit("view", "create");
  pressed = now;
  emit("view", "pictures");
  place(wish, (key) => api.generate(wish.form, key));
}

function online() {
  $("offline").hidden = navigator.onLine;
  $("offline").textContent = t("offline");
}

async function start() {
  meetTelegram();
  const usual = user.language_code ?? navigator.language;
  speak(usual);
  const me = await enter();
  // As chosen in the chat, which only the server knows.
  speak(me.language ?? usual);
  actFor(me);
  await startForm(me);
  $("door").hidden = true;
  $("app").hidden = $("views").hidden = false;
  await balance();
  on("view", show);
  for (const view of ["create", "pictures"]) $(`to-${view}`).addEventListener("click", () => show(view));
  wide.addEventListener("change", () => show($("app").dataset.view));
  $("wish").addEventListener("submit", generate);
  on("telegram", () => showMain({ act: generate }));
  showMain({ act: generate });
  show("create");
  document.documentElement.dataset.ready = "";
  await Promise.all([startGallery(), startWishes()]);
}

/** Whoever comes back sees what happened meanwhile, in the chats as well. */
function comeBack() {
  if ($("app").hidden || document.hidden) return;
  emit("arrived");
  findAgain().catch((error) => toast(why(error)));
}

for (const name of ["online", "offline"]) addEventListener(name, online);
addEventListener("online", comeBack);
document.addEventListener("visibilitychange", comeBack);
start().then(online, (error) => turnAway(why(error), { over: false }));

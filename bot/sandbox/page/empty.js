// A conversation nobody has begun: an invitation, and examples to tap.

import * as api from "./api.js";
import { attempt } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { startBot } from "./links.js";
import { here, isPrivate, messagesIn, on, openChat, state } from "./state.js";
import { serviceOf } from "./content.js";
import { t } from "./texts.js";

const EXAMPLES = ["example1", "example2", "example3"];

function draw() {
  const chat = openChat();
  const silent = chat && messagesIn(chat.id, state.topic).every(serviceOf);
  byId("empty").hidden = !silent;
  if (!silent) return byId("empty").replaceChildren();
  const alone = isPrivate(chat);
  // A group hears of it only by command, so the example carries one.
  const prompt = (key) => (alone ? t(key) : `/imagine ${t(key)}`);
  byId("empty").replaceChildren(
    el("img", { src: "/page/icon.svg", alt: "", width: 72, height: 72 }),
    el("h2", {}, t("emptyTitle")),
    el("p", {}, alone ? t("emptyPrivate") : t("emptyGroup")),
    alone && chat.bot === "new" ? el("button", { type: "button", class: "button main", data: { testid: "start" }, onclick: () => startBot("") }, t("start")) : "",
    el("p", { class: "hint" }, t("emptyTry")),
    el("div", { class: "examples" }, EXAMPLES.map((key) =>
      el("button", { type: "button", class: "example", data: { testid: "example" }, onclick: () => attempt(api.say(here(), prompt(key))) }, t(key)))),
  );
}

export function startEmpty() {
  for (const kind of ["place", "world", "messages"]) on(kind, draw);
}

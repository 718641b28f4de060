// The page: what the world reports goes into the state, and each part draws its share of it.

import { startSide } from "./chats.js";
import { startComposer } from "./composer.js";
import { byId, icon } from "./dom.js";
import { startEmpty } from "./empty.js";
import { startFaults } from "./faults.js";
import { startHead } from "./header.js";
import { connect } from "./live.js";
import { startMenus } from "./menus.js";
import { openConversation, startMessages } from "./messages.js";
import { follow } from "./place.js";
import { hereKey, me, on, state } from "./state.js";
import { startSuggesting } from "./suggest.js";
import { setLanguage } from "./texts.js";
import { startTheme } from "./theme.js";

let shown = null;

function enter() {
  setLanguage(me().language_code);
  byId("app").classList.toggle("on-list", state.chat === null);
  if (shown === hereKey()) return;
  shown = hereKey();
  openConversation();
}

setLanguage(navigator.language);
byId("back").append(icon("back"));
byId("chat-menu").append(icon("dots"));
byId("attach").append(icon("clip"));
byId("to-bottom").append(icon("down"));

on("place", enter);
on("begun", follow);
on("world", follow);
on("online", () => (byId("offline").hidden = state.online));
addEventListener("hashchange", follow);

startTheme();
startSide();
startHead();
startMessages();
startEmpty();
startMenus();
startComposer();
startSuggesting();
startFaults();
connect();

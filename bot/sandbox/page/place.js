// Where one is, kept in the address (#person/chat/topic), so that back, reload and links work.

import { chatById, chatsOf, emit, lastMessage, movedTo, readHere, state, topicOf, topicsOf } from "./state.js";

const narrow = matchMedia("(max-width: 719px)"); // as in layout.css: list and chat are two screens
narrow.addEventListener("change", () => follow());

export function address({ me = state.me, chat = null, topic = null }) {
  return `#${[me, chat, topic].filter((part) => part !== null).join("/")}`;
}

export function go(place) {
  const wanted = address(place);
  if (location.hash === wanted) follow();
  else location.hash = wanted;
}

/** Take the place from the address; what is not there (any more) becomes the nearest that is. */
export function follow() {
  const [me, chat, topic] = location.hash.slice(1).split("/").map(Number);
  const person = state.people.find((one) => one.id === me) ?? state.people[0];
  if (!person) return;
  state.me = person.id;
  state.chat = openable(person.id, me ? chat : person.id);
  state.topic = state.chat === null ? null : openableTopic(chatById(state.chat), topic);
  readHere();
  emit("place");
}

function openable(person, wanted) {
  if (!wanted) return narrow.matches ? null : person;
  const chat = chatById(wanted);
  const id = (chat && movedTo(chat)) ?? wanted;
  return chatsOf(person).some((one) => one.id === id) ? id : person;
}

/** The topic asked for, else the one where something was said last; null is General. */
function openableTopic(chat, wanted) {
  const topics = topicsOf(chat).filter((topic) => !topic.deleted);
  const latest = lastMessage(chat) ? topicOf(lastMessage(chat)) : null;
  const wish = wanted === undefined || Number.isNaN(wanted) ? latest : wanted;
  return topics.some((topic) => topic.id === wish) ? wish : null;
}

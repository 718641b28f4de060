// What the page knows, and who wants to hear of changes. No DOM in here.

export const state = {
  bot: { id: 0, first_name: "", username: "" },
  process: { running: true, restarts: 0 },
  people: [],
  chats: [],
  menuButton: null,
  faults: [], // what is ordered and still to come
  log: [],
  online: true,
  // Where one is: the person, the open chat (null: the list, on a phone) and its topic.
  me: null,
  chat: null,
  topic: null,
};

const messages = new Map(); // chat -> message id -> message
const unread = new Map(); // place key -> count
const listeners = new Map();

/** Hear of "world", "place", "messages", "arrived", "action", "draft", "answer", "faults", … */
export function on(kind, listener) {
  listeners.set(kind, [...(listeners.get(kind) ?? []), listener]);
}

export function emit(kind, data) {
  for (const listener of listeners.get(kind) ?? []) listener(data);
}

export const me = () => state.people.find((person) => person.id === state.me);
export const chatById = (id) => state.chats.find((chat) => chat.id === id);
export const openChat = () => chatById(state.chat);
export const placeKey = (person, chat, topic) => `${person}/${chat}/${topic ?? 0}`;
export const hereKey = () => placeKey(state.me, state.chat, state.topic);

/** Where something is sent to, as the API wants it. */
export const here = () => ({ person: state.me, chat: state.chat, topic: state.topic ?? undefined });

export const isPrivate = (chat) => chat.type === "private";
export const isMine = (message) => message.from?.id === state.me;
export const isBots = (message) => message.from?.id === state.bot.id;
export const members = (chat) => (isPrivate(chat) ? [chat.person] : chat.members);
export const chatName = (chat) => (isPrivate(chat) ? state.bot.first_name : chat.title);
export const topicOf = (message) => (message.is_topic_message ? message.message_thread_id : null);
export const topicsOf = (chat) => (chat.forum ? chat.topics : []);

/** Whether a keyboard is for this person; a selective one names those it is for. */
export function meantForMe({ reply_markup: markup, reply_markup_for: people, reply_to_message: original }) {
  if (!markup.selective) return true;
  return people ? people.includes(state.me) : original?.from?.id === state.me;
}

export function nameOf(user) {
  return [user?.first_name, user?.last_name].filter(Boolean).join(" ") || user?.title || "?";
}

/** The chats a person sees, the latest first. A private chat is there before its first word. */
export function chatsOf(person) {
  const own = state.chats.filter((chat) => members(chat).includes(person) && !movedTo(chat));
  return own.sort((a, b) => (lastMessage(b)?.date ?? 0) - (lastMessage(a)?.date ?? 0));
}

/** The supergroup that goes on for a group, if it has grown up. */
export function movedTo(chat) {
  const sign = chat.type === "group" && messagesOf(chat.id).findLast((one) => one.migrate_to_chat_id);
  return chat.migrated_to ?? (sign ? sign.migrate_to_chat_id : null);
}

export function setWorld(world) {
  const lonely = world.people.filter((one) => !world.chats.some((chat) => chat.person === one.id));
  state.bot = world.bot;
  state.process = world.process;
  state.people = world.people;
  state.menuButton = world.menu_button ?? null;
  state.chats = [
    ...world.chats.map((chat) => ({ members: [], topics: [], ...chat })),
    ...lonely.map(({ id }) => ({ id, type: "private", person: id, members: [id], topics: [], bot: "new" })),
  ];
}

export const messageOf = (chat, id) => messages.get(chat)?.get(id);
export const lastMessage = (chat) => messagesOf(chat.id).at(-1);

export function messagesOf(chat) {
  return [...(messages.get(chat)?.values() ?? [])].sort((a, b) => a.message_id - b.message_id);
}

export const messagesIn = (chat, topic) =>
  messagesOf(chat).filter((message) => (topicOf(message) ?? null) === (topic ?? null));

export function setMessages(chat, list) {
  messages.set(chat, new Map(list.map((message) => [message.message_id, message])));
}

/** Keep a message as it is now; true if it was not known before. */
export function keep(message) {
  const chat = message.chat.id;
  if (!messages.has(chat)) messages.set(chat, new Map());
  const fresh = !messages.get(chat).has(message.message_id);
  messages.get(chat).set(message.message_id, { reactions: messageOf(chat, message.message_id)?.reactions, ...message });
  return fresh;
}

export const forget = (chat, id) => messages.get(chat)?.delete(id);

export function unreadIn(person, chat) {
  const topics = [null, ...topicsOf(chat).map((topic) => topic.id)];
  return topics.reduce((sum, topic) => sum + (unread.get(placeKey(person, chat.id, topic)) ?? 0), 0);
}

export const unreadAt = (person, chat, topic) => unread.get(placeKey(person, chat, topic)) ?? 0;
export const unreadOf = (person) => chatsOf(person).reduce((sum, chat) => sum + unreadIn(person, chat), 0);
export const readHere = () => unread.delete(hereKey());

/** A new message counts for everybody in the chat who is not looking at it. */
export function countUnread(message) {
  const chat = chatById(message.chat.id);
  for (const person of chat ? members(chat) : []) {
    const key = placeKey(person, chat.id, topicOf(message));
    if (person !== message.from?.id && key !== hereKey()) unread.set(key, (unread.get(key) ?? 0) + 1);
  }
}

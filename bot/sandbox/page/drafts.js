// What is written but not sent: per person, chat and topic.

const drafts = new Map();

export const draftOf = (key) => drafts.get(key);

/** `draft` is `{text, bar, files}`; an empty one is forgotten. */
export function keepDraft(key, draft) {
  if (draft.text || draft.bar || draft.files.length) drafts.set(key, draft);
  else drafts.delete(key);
}

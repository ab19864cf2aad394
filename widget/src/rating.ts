// Ratings: CSAT and CES from 1 to 5, NPS from 0 to 10; thumbs on an answer with one-tap reasons.
import type { Message, Rating } from "./types";
import { button, freshId, h, iconButton } from "./dom";
import type { Acts } from "./message";

const THUMB = "M7 11v9H4v-9zM7 11l4-8c2 0 3 1 2 3l-1 3h7l-2 11H7";
const REASONS = ["wrong", "unclear", "incomplete", "offtopic"];

const thanks = (node: HTMLElement, text: string): void => {
  node.replaceChildren(h("p.small", { tabindex: -1 }, text));
  (node.firstChild as HTMLElement).focus();
};

export const ratingNode = ({ text: question, id: message_id }: Message, rating: Rating, acts: Acts): HTMLElement => {
  const { say } = acts;
  const { kind } = rating;
  const id = freshId();
  const node = h("div.rating", { role: "group", "aria-labelledby": id });
  if (rating.score != null) {
    node.append(h("p.small", null, say("thanks")));
    return node;
  }
  const [low, high] = say(`${kind}ends`).split("|");
  const scores = kind === "nps" ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1, 2, 3, 4, 5];
  const choose = async (score: number): Promise<void> => {
    await acts.rate({ kind, score, message_id });
    rating.score = score;
    const text = h("textarea", { "aria-label": say("more"), maxlength: 2000, rows: 2 });
    const send = button("solid", say("send"), async () => {
      const comment = text.value.trim();
      if (comment) await acts.rate({ kind, score, message_id, comment });
      thanks(node, say("thanks"));
    });
    node.replaceChildren(h("p", { id }, say("more")), text, send);
    text.focus();
  };
  node.append(
    h("p", { id }, question),
    h(
      "div.scale", null,
      ...scores.map((score, index) => {
        const end = index ? (index === scores.length - 1 ? high : "") : low;
        const label = end ? `${score}, ${end}` : score;
        return button("score", `${score}`, () => void choose(score), { "aria-label": label });
      }),
    ),
    h("div.ends.small", { "aria-hidden": "true" }, h("span", null, low), h("span", null, high)),
  );
  return node;
};

export const thumbsNode = (message: Message, acts: Acts): HTMLElement => {
  const { say } = acts;
  const message_id = message.id;
  const node = h("div.thumbs");
  const give = async (score: number): Promise<void> => {
    await acts.rate({ kind: "thumb", score, message_id });
    message.thumb = score;
    if (score) return thanks(node, say("thanks"));
    const chips = REASONS.map((reason) =>
      button("chip", say(reason), async () => {
        await acts.rate({ kind: "thumb", score, message_id, reason });
        thanks(node, say("thanks"));
      }),
    );
    node.replaceChildren(h("p.small", null, say("why")), h("div.replies", null, ...chips));
    chips[0]!.focus();
  };
  if (message.thumb == null) {
    for (const [score, label] of [[1, "helpful"], [0, "unhelpful"]] as const) {
      node.append(
iconButton(score ? "" : "down", THUMB, say(label), () => void give(score)),
      );
    }
  }
  return node;
};

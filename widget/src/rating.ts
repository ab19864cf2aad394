// Ratings: CSAT and CES from 1 to 5, NPS from 0 to 10, then room for a comment.
import type { Message, Rating } from "./types";
import { button, freshId, h } from "./dom";
import type { Acts } from "./message";

export const ratingNode = (
  { text: question, id: message_id }: Message,
  rating: Rating,
  { say, rate: send }: Acts,
): HTMLElement => {
  const { kind } = rating;
  const id = freshId();
  const node = h("div.rating", { role: "group", "aria-labelledby": id });
  const rate = (score: number, comment?: string): Promise<unknown> =>
    send({ kind, score, message_id, comment });
  const thanks = (): void => {
    const text = h("p.small", { tabindex: -1 }, say("thanks"));
    node.replaceChildren(text);
    text.focus();
  };
  if (rating.score != null) {
    node.append(h("p.small", null, say("thanks")));
    return node;
  }
  const [low, high] = say(`${kind}ends`).split("|");
  const scores = kind === "nps" ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1, 2, 3, 4, 5];
  const choose = async (score: number): Promise<void> => {
    await rate(score);
    rating.score = score;
    const text = h("textarea", { "aria-label": say("more"), maxlength: 2000, rows: 2 });
    const done = button("solid", say("send"), async () => {
      const comment = text.value.trim();
      if (comment) await rate(score, comment);
      thanks();
    });
    node.replaceChildren(h("p", { id }, say("more")), text, done);
    text.focus();
    node.scrollIntoView({ block: "nearest" });
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

// One message as a node: text, picture, cards, files, quick replies, rating, thumbs.
import type { Button, Card, CareEvent, Inbox, Message } from "./types";
import { button, h } from "./dom";
import { markdown, safeAddress } from "./markdown";
import type { More } from "./more";
import { ratingNode } from "./rating";
import type { Say } from "./texts";
import { thumbsNode } from "./thumbs";

export interface Acts {
  say: Say;
  bot(): string;
  press(button: Button): void;
  rate(body: object): Promise<unknown>;
  // A node that few conversations need: it takes its place when its script has come.
  later(made: (more: More) => HTMLElement): Node;
}

const picture = (address: string, alt: string): Node | null => {
  const src = safeAddress(address);
  return src ? h("img", { src, alt, loading: "lazy" }) : null;
};

const cardNode = (card: Card): HTMLElement => {
  const href = card.link && safeAddress(card.link);
  const title = href
    ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, card.title)
    : card.title;
  return h(
    "li",
    null,
    card.image && picture(card.image, ""),
    h("strong", null, title),
    card.text && h("p", null, card.text),
  );
};

const quickReplies = (buttons: Button[], press: (button: Button) => void): Node | null => {
  if (!buttons.length || buttons.some((one) => one.used)) return null;
  const row: HTMLElement = h(
    "div.replies", null,
    ...buttons.map((one) =>
      button("chip", one.title, () => {
        one.used = true;
        row.remove();
        press(one);
      }),
    ),
  );
  return row;
};

export const messageNode = (message: Message, acts: Acts): HTMLElement => {
  const cards = message.card?.cards;
  const own = message.author === "customer";
  const body = message.text && !message.rating && !message.judges && h("div.bubble", { dir: "auto" }, own ? message.text : markdown(message.text));
  return h(
    "div",
    { class: `m ${message.author}`, "data-id": message.id },
    h("span.sr", null, `${own ? acts.say("you") : message.name || acts.bot()}: `),
    body,
    message.image && picture(message.image, message.name || ""),
    cards && h("ul.cards", { tabindex: 0 }, ...cards.map(cardNode)),
    ...message.files.map((file) => acts.later((more) => more.file(file))),
    message.judges ? thumbsNode(message, acts) : quickReplies(message.buttons, acts.press),
    message.rating && ratingNode(message, message.rating, acts),
  );
};

export const markNode = (text: string): HTMLElement => h("div.mark", null, text);

// What a change of owner or status is to the customer; empty where it is nothing.
export const markText = (say: Say, { owner, name, status }: CareEvent["data"]): string =>
  owner === "agent"
    ? say("joined", { name: name || "" })
    : owner === "queue"
      ? say("queued")
      : owner
        ? say("back")
        : status === "resolved"
          ? say("ended")
          : "";

// The greeting and, before anything was said, questions to begin with.
export const opening = ({ settings }: Inbox, acts: Acts, fresh: boolean, ask: (first: { text: string }) => void): Node[] => {
  const { greeting, suggestions, bot } = settings;
  const nodes: Node[] = [];
  if (greeting) {
    const hello: Partial<Message> = { id: 0, author: "bot", name: bot, text: greeting, buttons: [], files: [] };
    nodes.push(messageNode(hello as Message, acts));
  }
  if (fresh && suggestions.length) {
    nodes.push(h("div.replies.starters", null, ...suggestions.map((text) => button("chip", text, () => ask({ text })))));
  }
  return nodes;
};

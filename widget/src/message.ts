// One message as a node: text, picture, cards, files, quick replies, rating, thumbs.
import type { Button, Card, CareEvent, FileInfo, Inbox, Message } from "./types";
import { button, h } from "./dom";
import { markdown, safeAddress } from "./markdown";
import { ratingNode, thumbsNode } from "./rating";
import type { Say } from "./texts";

export interface Acts {
  say: Say;
  bot(): string;
  press(button: Button): void;
  rate(body: object): Promise<unknown>;
  file(file: FileInfo): Promise<Blob>;
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

// A file is fetched with the session's token; pictures are drawn on a canvas, so the page's own
// policy for pictures does not matter.
const fileNode = (file: FileInfo, acts: Acts): HTMLElement => {
  const save = async (): Promise<void> => {
    const href = URL.createObjectURL(await acts.file(file));
    h("a", { href, download: file.name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  };
  const size = `${Math.ceil(file.size / 1024)} KB`;
  const node = button("file", `${file.name} (${size})`, () => void save().catch(() => 0));
  if (/^image\//.test(file.type)) {
    void acts
      .file(file)
      .then(createImageBitmap)
      .then((image) => {
        const canvas = h("canvas", { role: "img", "aria-label": file.name });
        const scale = Math.min(1, 480 / image.width);
        canvas.width = image.width * scale;
        canvas.height = image.height * scale;
        canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
        node.prepend(canvas);
      })
      .catch(() => 0);
  }
  return node;
};

export const quickReplies = (buttons: Button[], press: (button: Button) => void): Node | null => {
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
  const body = message.text && !message.rating && h("div.bubble", { dir: "auto" }, own ? message.text : markdown(message.text));
  return h(
    "div",
    { class: `m ${message.author}`, "data-id": message.id },
    h("span.sr", null, `${own ? acts.say("you") : message.name || acts.bot()}: `),
    body,
    message.image && picture(message.image, message.name || ""),
    cards && h("ul.cards", { tabindex: 0 }, ...cards.map(cardNode)),
    ...message.files.map((file) => fileNode(file, acts)),
    quickReplies(message.buttons, acts.press),
    message.rating && ratingNode(message, message.rating, acts),
    message.topic && thumbsNode(message, acts),
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

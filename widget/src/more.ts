// What few conversations need, loaded when one does: forms and files. It uses the panel's own
// tools (the build makes these imports imports from the panel), so nothing comes twice.
import type { FileInfo, Inbox } from "./types";
import type { Call } from "./http";
import type { Say } from "./texts";
import type { View } from "./view";
import css from "./more.css";
import { attacher, fileNode } from "./files";
import { type Ask, wishesOf } from "./wishes";

// What the panel lends.
export interface Needs {
  root: ShadowRoot;
  say: Say;
  view(): View;
  inbox(): Inbox;
  told(text: string): void;
  complain(text: string): void;
  ensure(extra?: object): Promise<void>;
  call: Call;
  post(content: { files: FileInfo[] }): void;
}

export interface More {
  ask: Ask;
  leave(): void;
  transcript(): void;
  file(file: FileInfo): HTMLElement;
  attach(files: Iterable<File>): Promise<void>;
}

export const make = (needs: Needs): More => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  needs.root.adoptedStyleSheets = [...needs.root.adoptedStyleSheets, sheet];
  return {
    ...wishesOf(needs),
    file: (file) => fileNode(file, needs),
    attach: attacher(needs),
  };
};

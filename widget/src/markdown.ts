// A Markdown subset as DOM nodes: paragraphs, lists, **strong**, *emphasis*, `code`, links.
// Everything else, markup and unsafe addresses included, is shown as the text it is.
import { h } from "./dom";

const INLINE =
  /`([^`]+)`|\*\*(?=\S)(.+?)\*\*|\*(?=[^\s*])([^*]+?)\*(?!\w)|\[([^\]\n]+)\]\(([^()\s]+)\)|(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)'\]])/;

// Only web, mail and phone addresses, or a place on the same site.
export const safeAddress = (address: string): string | null => {
  try {
    const url = new URL(address, location.href);
    return /^(https?|mailto|tel):$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
};

const link = (address: string, ...children: (Node | string)[]): Node | null => {
  const href = safeAddress(address);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children) : null;
};

const inline = (text: string): (Node | string)[] => {
  const nodes: (Node | string)[] = [];
  let match: RegExpExecArray | null;
  while ((match = INLINE.exec(text))) {
    const [whole, code, strong, em, label, target, bare] = match;
    if (match.index) nodes.push(text.slice(0, match.index));
    const node = code
      ? h("code", null, code)
      : strong
        ? h("strong", null, ...inline(strong))
        : em
          ? h("em", null, ...inline(em))
          : target
            ? link(target, ...inline(label!))
            : link(bare!, bare!);
    nodes.push(node || whole);
    text = text.slice(match.index + whole.length);
  }
  if (text) nodes.push(text);
  return nodes;
};

export const markdown = (source: string): DocumentFragment => {
  const out = document.createDocumentFragment();
  let block: HTMLElement | null = null;
  let kind = "";
  for (const line of source.split("\n")) {
    const item = /^\s*(?:([-*•])|\d+[.)])\s+(.+)/.exec(line);
    const tag = !line.trim() ? "" : item ? (item[1] ? "ul" : "ol") : "p";
    if (tag && tag === kind && block) {
      if (tag === "p") block.append(h("br"), ...inline(line));
      else block.append(h("li", null, ...inline(item![2]!)));
    } else if (tag) {
      const content = inline(item ? item[2]! : line);
      out.append((block = h(tag as "p", null, ...(item ? [h("li", null, ...content)] : content))));
    }
    kind = tag;
  }
  return out;
};

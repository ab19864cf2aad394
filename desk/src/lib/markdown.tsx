// A small part of Markdown as elements, never as markup: bold, italics, code, links, lists.
import type { ComponentChildren, JSX } from "preact";

const INLINE = /(\*\*([^*\n]+)\*\*)|(`([^`\n]+)`)|(\[([^\]\n]+)\]\(([^()\s]+)\))|(https?:\/\/[^\s<>"')\]]+)|((?<![\w*])\*([^*\n]+)\*(?![\w*]))/g;

function safe(href: string): string | null {
  try {
    const url = new URL(href);
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

function Out({ href, children }: { href: string; children: ComponentChildren }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function inline(text: string): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) out.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    const href = safe(match[7] ?? match[8] ?? "");
    if (match[2]) out.push(<strong>{match[2]}</strong>);
    else if (match[4]) out.push(<code>{match[4]}</code>);
    else if (match[6]) out.push(href ? <Out href={href}>{match[6]}</Out> : match[0]);
    else if (match[8]) out.push(href ? <Out href={href}>{match[8]}</Out> : match[0]);
    else if (match[10]) out.push(<em>{match[10]}</em>);
  }
  if (at < text.length) out.push(text.slice(at));
  return out;
}

/** Rich: the bot's and agents' words. Plain: what customers wrote, with links only. */
export function Text({ text, plain }: { text: string; plain?: boolean }) {
  if (plain) return <p>{links(text)}</p>;
  const blocks: JSX.Element[] = [];
  let items: JSX.Element[] = [];
  const flush = () => {
    if (items.length) blocks.push(<ul>{items}</ul>);
    items = [];
  };
  let lines: ComponentChildren[] = [];
  const paragraph = () => {
    if (lines.length) blocks.push(<p>{lines}</p>);
    lines = [];
  };
  for (const raw of text.split("\n")) {
    const bullet = /^\s*[-*•]\s+(.*)$/.exec(raw);
    if (bullet) {
      paragraph();
      items.push(<li>{inline(bullet[1]!)}</li>);
    } else if (raw.trim() === "") {
      flush();
      paragraph();
    } else {
      flush();
      if (lines.length) lines.push(<br />);
      lines.push(...inline(raw));
    }
  }
  flush();
  paragraph();
  return <>{blocks}</>;
}

function links(text: string): ComponentChildren[] {
  const out: ComponentChildren[] = [];
  let at = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"')\]]+/g)) {
    const href = safe(match[0]);
    if (!href) continue;
    if (match.index > at) out.push(text.slice(at, match.index));
    out.push(<Out href={href}>{match[0]}</Out>);
    at = match.index + match[0].length;
  }
  out.push(text.slice(at));
  return out;
}

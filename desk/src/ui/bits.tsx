// Small parts that many places show: avatars, presence, channel names, menus.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { tOf } from "../lib/i18n";
import type { PresenceName } from "../lib/types";

const HUES = 8;

export function initials(name: string): string {
  const parts = name.trim().split(/\s+/).filter(Boolean);
  return ((parts[0]?.[0] ?? "?") + (parts.length > 1 ? (parts[parts.length - 1]![0] ?? "") : "")).toUpperCase();
}

export function Avatar({ name, seed, small }: { name: string; seed: number; small?: boolean }) {
  return (
    <span class={`avatar hue${seed % HUES}${small ? " small" : ""}`} aria-hidden="true">
      {initials(name)}
    </span>
  );
}

export function PresenceDot({ presence }: { presence: PresenceName }) {
  return <span class={`dot ${presence}`} role="img" aria-label={tOf("presence", presence)} />;
}

export function Channel({ name }: { name: string }) {
  return <span class={`channel ${name}`}>{tOf("channel", name)}</span>;
}

/** A button with a list of choices; closes by Escape, by a choice, and by leaving. */
export function Menu(props: {
  label: ComponentChildren;
  title: string;
  class?: string;
  up?: boolean;
  end?: boolean;
  children: (close: () => void) => ComponentChildren;
}) {
  const [openNow, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const close = () => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  };
  useEffect(() => {
    if (!openNow) return;
    const away = (event: Event) => !root.current?.contains(event.target as Node) && setOpen(false);
    addEventListener("pointerdown", away);
    root.current?.querySelector<HTMLElement>('[role="menu"] [role^="menuitem"]')?.focus();
    return () => removeEventListener("pointerdown", away);
  }, [openNow]);
  const onKey = (event: KeyboardEvent) => {
    if (!openNow) return;
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") move(root.current!, event.key === "ArrowDown" ? 1 : -1);
    else if (event.key !== "Tab") {
      event.stopPropagation();
      return;
    }
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="menu" ref={root} onKeyDown={onKey}>
      <button
        class={props.class ?? "button"}
        aria-haspopup="menu"
        aria-expanded={openNow}
        aria-label={props.title}
        title={props.title}
        onClick={() => setOpen(!openNow)}
      >
        {props.label}
      </button>
      {openNow && (
        <div class={`menu-list${props.up ? " up" : ""}${props.end ? " end" : ""}`} role="menu" aria-label={props.title}>
          {props.children(close)}
        </div>
      )}
    </div>
  );
}

function move(root: HTMLElement, step: number): void {
  const items = [...root.querySelectorAll<HTMLElement>('[role="menu"] [role^="menuitem"]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  items[(at + step + items.length) % items.length]?.focus();
}

export function Item(props: { onPick: () => void; checked?: boolean; children: ComponentChildren }) {
  return (
    <button
      role={props.checked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={props.checked}
      class="menu-item"
      onClick={props.onPick}
    >
      {props.children}
    </button>
  );
}

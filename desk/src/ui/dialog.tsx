// Dialogs: one at a time, modal, focus kept inside and given back (the platform's own <dialog>).
import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { flushSync } from "preact/compat";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../lib/i18n";
import { Icon } from "./icon";

const shown = signal<(() => JSX.Element) | null>(null);

export function show(Content: () => JSX.Element): void {
  // A new one at each opening: the same dialog may be wanted again before the browser tells that it ended.
  shown.value = () => <Content />;
}

export function closeDialog(): void {
  shown.value = null;
}

export const dialogOpen = () => shown.value !== null;

export function DialogHost() {
  const Content = shown.value;
  return Content && <Content />;
}

export function Dialog(props: { title: string; children: ComponentChildren; wide?: boolean; bare?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  const mine = useRef(shown.peek());
  // The browser tells of the end of a dialog a little later: the next one may be open by then.
  const ended = () => shown.peek() === mine.current && closeDialog();
  // At once: the next key is for the dialog.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    ref.current?.showModal();
    return () => before?.isConnected && before.focus();
  }, []);
  return (
    <dialog
      ref={ref}
      class={`dialog${props.wide ? " wide" : ""}${props.bare ? " bare-dialog" : ""}`}
      aria-label={props.title}
      onCancel={(event) => {
        if (event.target !== ref.current) return;
        // At once: a closed dialog keeps the focus until the browser tells of its end, and the next key with it.
        event.preventDefault();
        flushSync(closeDialog);
      }}
      onClose={ended}
      onClick={(event) => event.target === ref.current && closeDialog()}
      onKeyDown={(event) => ref.current?.open && event.stopPropagation()}
    >
      {!props.bare && (
        <header>
          <h2>{props.title}</h2>
          <button class="bare" aria-label={t("close")} onClick={closeDialog}>
            <Icon name="close" />
          </button>
        </header>
      )}
      {props.children}
    </dialog>
  );
}

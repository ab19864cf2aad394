// Short notices at the edge of the screen; announced to screen readers.
import { signal } from "@preact/signals";
import { t } from "../lib/i18n";
import { Icon } from "./icon";

interface Toast {
  id: number;
  text: string;
  detail?: string;
  bad?: boolean;
  act?: { label: string; run: () => void };
}

const toasts = signal<Toast[]>([]);
let count = 0;

export function toast(text: string, more: Omit<Toast, "id" | "text"> = {}): void {
  const id = ++count;
  toasts.value = [...toasts.value.slice(-3), { id, text, ...more }];
  setTimeout(() => drop(id), more.bad || more.act ? 9000 : 4500);
}

function drop(id: number): void {
  toasts.value = toasts.value.filter((item) => item.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map((item) => (
        <div class={item.bad ? "toast bad" : "toast"} key={item.id}>
          <div class="toast-text">
            <strong>{item.text}</strong>
            {item.detail && <span>{item.detail}</span>}
          </div>
          {item.act && (
            <button
              class="link"
              onClick={() => {
                item.act!.run();
                drop(item.id);
              }}
            >
              {item.act.label}
            </button>
          )}
          <button class="bare small" aria-label={t("dismiss")} onClick={() => drop(item.id)}>
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}

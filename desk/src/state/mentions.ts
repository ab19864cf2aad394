// Notices kept for me: mentions, transfers, and what was assigned while I was not looking.
import { computed, signal } from "@preact/signals";
import { get, post } from "../lib/api";
import { t, tOf } from "../lib/i18n";
import type { Notification_ } from "../lib/types";
import { call } from "./alerts";

export const notices = signal<Notification_[]>([]);
export const unreadMentions = computed(() => notices.value.filter((item) => !item.read).length);

export async function loadNotices(): Promise<void> {
  notices.value = (await get<{ notifications: Notification_[] }>("/notifications")).notifications;
}

export function hearNotification(item: Notification_): void {
  if (notices.value.some((known) => known.id === item.id)) return;
  notices.value = [item, ...notices.value];
  if (item.kind !== "assigned") {
    call(t("notice_by", { name: item.by ?? "", what: tOf("notice", item.kind) }), item.text, `/desk/c/${item.conversation_id}`);
  }
}

export async function markRead(ids: number[] | "all"): Promise<void> {
  notices.value = notices.value.map((item) => (ids === "all" || ids.includes(item.id) ? { ...item, read: true } : item));
  await post("/notifications/read", ids === "all" ? { all: true } : { ids });
}

/** Opening a conversation reads what there was to say about it. */
export function readAbout(conversationId: number): void {
  const ids = notices.value.filter((item) => !item.read && item.conversation_id === conversationId).map((item) => item.id);
  if (ids.length) void markRead(ids);
}

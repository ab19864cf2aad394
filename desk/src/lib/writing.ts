// Where letters are text, not shortcuts.
export function writing(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.("input, textarea, select, [contenteditable], dialog, [role=menu]");
}

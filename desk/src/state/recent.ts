// The newest events, for answers of the server that were read before these happened.
import type { EventFrame } from "../lib/types";

const KEPT = 400;
let events: EventFrame[] = [];

export function remember(event: EventFrame): void {
  events.push(event);
  if (events.length > KEPT * 2) events = events.slice(-KEPT);
}

export function since(seq: number): EventFrame[] {
  return events.filter((event) => event.seq > seq);
}

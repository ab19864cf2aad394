// 'Did that help?' in one tap, and why not in one more; then the assistant hears the answer and
// offers what comes next, as it does on channels where the question has two buttons.
import type { Button, Message } from "./types";
import { button, freshId, h, iconButton } from "./dom";
import type { Acts } from "./message";

const THUMB = "M7 11v9H4v-9zM7 11l4-8c2 0 3 1 2 3l-1 3h7l-2 11H7";
const REASONS = ["wrong", "unclear", "incomplete", "offtopic", "other"];

export const thumbsNode = ({ text, buttons, judges, thumb }: Message, { say, rate, press }: Acts): HTMLElement => {
  const id = freshId();
  const label = h("span.small", { id }, text);
  const node = h("div.thumbs", { role: "group", "aria-labelledby": id }, label);
  const judge = (reason?: string): Promise<unknown> =>
    rate({ kind: "thumb", score: 0, message_id: judges, reason }).catch(() => 0);
  const end = (one: Button): void => {
    one.used = true;
    node.className = "thumbs";
    node.replaceChildren(label);
    press(one);
  };
  const why = (): HTMLElement => {
    const [first, ...rest] = REASONS.map((reason) =>
      button("chip", say(reason), async () => {
        // 'Something else' gives no reason; the offer of a person follows all the same.
        if (reason !== "other") await judge(reason);
        end(buttons[1]!);
      }),
    );
    label.textContent = say("why");
    node.className = "rating";
    node.replaceChildren(label, h("div.replies", null, first!, ...rest));
    return first!;
  };
  if (buttons.some((one) => one.used)) return node;
  if (thumb === 0) why();
  else {
    buttons.forEach((one, down) =>
      node.append(
        iconButton(down ? "down" : "", THUMB, one.title, () => {
          if (!down) return end(one);
          void judge();
          why().focus();
          node.scrollIntoView({ block: "nearest" });
        }),
      ),
    );
  }
  return node;
};

// Forms in place of the text: before the chat, leaving a message, the transcript by mail.
import { formNode, type Input, type Values } from "./form";
import type { Needs } from "./more";
import { freshKey } from "./outbox";

export type Ask = (
  title: string,
  intro: string | null,
  inputs: Input[],
  label: string,
  done: (values: Values) => Promise<string | void>,
  must?: boolean,
) => void;

export interface Wishes {
  ask: Ask;
  leave(): void;
  transcript(): void;
}

export const wishesOf = ({ say, view, told, ensure, call }: Needs): Wishes => {
  const ask: Ask = (title, intro, inputs, label, done, must) => {
    // The view may be another one by the time the form is done: a new session draws it anew.
    const close = (result?: string | void): void => {
      view().form.replaceChildren();
      view().composer.hidden = false;
      view().text.focus();
      if (result) told(result);
    };
    const send = async (values: Values): Promise<void> => close(await done(values));
    const node = formNode(say, title, intro, inputs, label, send, must ? undefined : () => close());
    view().form.replaceChildren(node);
    view().composer.hidden = true;
    if (document.hasFocus()) node.querySelector<HTMLElement>("input,select,textarea")?.focus();
  };

  const input = (name: string, kind: Input["kind"], more?: Partial<Input>): Input => ({
    name,
    kind,
    label: say(name),
    required: true,
    choices: [],
    ...more,
  });

  const leave = (): void => {
    const wish = [say("byemail"), say("byphone")];
    const inputs = [
      input("message", "long"),
      input("wish", "choice", { label: say("how"), choices: wish }),
      input("email", "email", { when: wish[0]! }),
      input("phone", "phone", { when: wish[1]! }),
    ];
    ask(say("leave"), say("leavetext"), inputs, say("send"), async ({ message, email, phone }) => {
      await ensure();
      await call("POST", "/api/widget/leave", { key: freshKey(), text: message, email, phone });
      return say("left", { to: email || phone || "" });
    });
  };

  const transcript = (): void =>
    ask(say("transcript"), null, [input("email", "email")], say("send"), async ({ email }) => {
      await ensure();
      await call("POST", "/api/widget/transcript", { email });
      return say("mailed", { to: email || "" });
    });

  return { ask, leave, transcript };
};

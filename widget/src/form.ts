// Forms: before the chat, leaving a message, the transcript. The browser checks the fields and
// words the errors; they are shown beside their field and tied to it for screen readers.
import { button, freshId, h } from "./dom";
import type { Say } from "./texts";
import type { Field } from "./types";

export interface Input extends Field {
  // Shown only while the choice before it has this value.
  when?: string;
}

export type Values = Record<string, string>;

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const TYPES: Partial<Record<Field["kind"], string>> = { email: "email", phone: "tel", consent: "checkbox" };

const control = ({ name, kind, required, choices }: Input, id: string): Control => {
  const props = { id, name, required, maxlength: 2000, "aria-describedby": `${id}e` };
  if (kind === "long") return h("textarea", { ...props, rows: 3 });
  if (kind === "choice") return h("select", props, ...choices.map((choice) => h("option", null, choice)));
  const type = TYPES[kind];
  const pattern = kind === "phone" && "\\+?[\\d \\(\\)\\.\\/\\-]{6,20}";
  return h("input", { ...props, type, pattern, autocomplete: type === "checkbox" ? null : type || name });
};

export const formNode = (
  say: Say,
  title: string,
  intro: string | null,
  inputs: Input[],
  label: string,
  done: (values: Values) => Promise<void>,
  cancel?: () => void,
): HTMLFormElement => {
  const rows = inputs.map((input) => {
    const id = freshId();
    const node = control(input, id);
    const error = h("span.error", { id: `${id}e` });
    return { input, node, error, row: h("div", { class: `row ${input.kind}` }, h("label", { for: id }, input.label), node, error) };
  });
  const problem = h("p.error", { role: "alert" });
  const send = h("button.solid", null, label);
  // A hidden field is a disabled one: the browser neither checks nor sends it.
  const arrange = (): void => {
    for (const { input, node, row } of rows) {
      row.hidden = node.disabled = !!input.when && !rows.some((one) => one.node.value === input.when);
    }
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    for (const { node, error } of rows) {
      error.textContent = node.validationMessage;
      node.setAttribute("aria-invalid", `${!!node.validationMessage}`);
    }
    const wrong = rows.find(({ error }) => error.textContent);
    if (wrong) return wrong.node.focus();
    send.disabled = true;
    try {
      await done(Object.fromEntries(new FormData(form)) as Values);
    } catch (error) {
      problem.textContent = (error as { code?: string }).code ? (error as Error).message : say("broken");
    }
    send.disabled = false;
  };
  const form = h(
    "form.form", { submit, change: arrange, novalidate: true, "aria-label": title },
    h("h2", null, title),
    intro && h("p", null, intro),
    ...rows.map(({ row }) => row),
    problem,
    h("div.replies", null, send, cancel && button("chip", say("cancel"), cancel)),
  );
  arrange();
  return form;
};

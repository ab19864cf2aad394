// Making DOM nodes. Text stays text: nothing here parses markup, so pages that require Trusted
// Types need no policy for us.
type Child = Node | string | null | undefined | false;
type Value = string | number | boolean | null | undefined | ((event: never) => void);

// `tag` may carry classes: "div.bubble".
export const h = <K extends keyof HTMLElementTagNameMap>(
  tag: K | `${K}.${string}`,
  props?: Record<string, Value> | null,
  ...children: Child[]
): HTMLElementTagNameMap[K] => {
  const [kind, ...classes] = tag.split(".");
  const node = document.createElement(kind as K);
  if (classes[0]) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props || {})) {
    if (typeof value === "function") node.addEventListener(name, value as EventListener);
    else if (value != null && value !== false) node.setAttribute(name, `${value}`);
  }
  node.append(...(children.filter((child) => child) as (Node | string)[]));
  return node;
};

export const button = (
  className: string,
  label: Child,
  click: (event: Event) => void,
  props?: Record<string, Value>,
): HTMLButtonElement => h("button", { type: "button", class: className, click, ...props }, label);

const SVG = "http://www.w3.org/2000/svg";

export const icon = (shape: string): SVGElement => {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  path.setAttribute("d", shape);
  svg.append(path);
  return svg;
};

export const iconButton = (
  className: string,
  shape: string,
  label: string,
  click?: (event: Event) => void,
): HTMLButtonElement =>
  h(
    "button",
    { type: click ? "button" : "submit", class: `icon ${className}`, click, "aria-label": label, title: label },
    icon(shape),
  );

let count = 0;
export const freshId = (): string => `c${++count}`;

// Files: on their way up the size is checked before, the kind by the server, by content. On their
// way down they are fetched with the session's token; pictures are drawn on a canvas, so the page's
// own policy for pictures does not matter.
import type { FileInfo } from "./types";
import { button, h } from "./dom";
import type { Refusal } from "./http";
import type { Needs } from "./more";

export const fileNode = (file: FileInfo, { call }: Needs): HTMLElement => {
  const fetched = (): Promise<Blob> => call("GET", `/api/widget/files/${file.id}`);
  const save = async (): Promise<void> => {
    const href = URL.createObjectURL(await fetched());
    h("a", { href, download: file.name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  };
  const size = `${Math.ceil(file.size / 1024)} KB`;
  const node = button("chip file", `${file.name} (${size})`, () => void save().catch(() => 0));
  if (/^image\//.test(file.type)) {
    void fetched()
      .then(createImageBitmap)
      .then((image) => {
        const canvas = h("canvas", { role: "img", "aria-label": file.name });
        const scale = Math.min(1, 480 / image.width);
        canvas.width = image.width * scale;
        canvas.height = image.height * scale;
        canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
        node.prepend(canvas);
      })
      .catch(() => 0);
  }
  return node;
};

export const attacher =
  ({ say, inbox, ensure, call, post, complain }: Needs) =>
  async (files: Iterable<File>): Promise<void> => {
    const { max_bytes } = inbox().settings.files!;
    for (const file of files) {
      try {
        if (file.size > max_bytes) complain(say("large", { n: Math.floor(max_bytes / 1e6) }));
        else {
          await ensure();
          const { file: info } = await call<{ file: FileInfo }>("POST", "/api/widget/files", file, 300);
          post({ files: [info] });
        }
      } catch (error) {
        complain((error as Refusal).code ? (error as Refusal).message : say("broken"));
      }
    }
  };

// Files on their way up: the size is checked before, the kind by the server, by content.
import type { FileInfo, Inbox } from "./types";
import type { Refusal } from "./http";
import type { SessionKeeper } from "./session";
import type { Say } from "./texts";

export const attacher =
  (
    session: SessionKeeper,
    post: (files: FileInfo[]) => void,
    complain: (text: string) => void,
    inbox: () => Inbox,
    say: Say,
  ) =>
  async (files: Iterable<File>): Promise<void> => {
    const { max_bytes } = inbox().settings.files!;
    for (const file of files) {
      try {
        if (file.size > max_bytes) complain(say("large", { n: Math.floor(max_bytes / 1e6) }));
        else {
          await session.ensure();
          const { file: info } = await session.call<{ file: FileInfo }>("POST", "/api/widget/files", file, 300);
          post([info]);
        }
      } catch (error) {
        complain((error as Refusal).code ? (error as Refusal).message : say("broken"));
      }
    }
  };

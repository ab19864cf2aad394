// Files in a message: images are shown, everything else is a download.
import { t } from "../lib/i18n";
import type { FileInfo } from "../lib/types";
import { Icon } from "../ui/icon";

const SHOWN = ["image/png", "image/jpeg", "image/gif", "image/webp"];
export const fileUrl = (file: FileInfo) => `/api/desk/files/${encodeURIComponent(file.id)}`;

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export function Files({ files }: { files: FileInfo[] }) {
  return (
    <ul class="files">
      {files.map((file) => (
        <li key={file.id}>
          <a class="file" href={fileUrl(file)} target="_blank" rel="noopener" download={SHOWN.includes(file.type) ? undefined : file.name}>
            {SHOWN.includes(file.type) ? (
              <img src={fileUrl(file)} alt={file.name} loading="lazy" />
            ) : (
              <>
                <Icon name="download" />
                <span>{file.name}</span>
              </>
            )}
            <span class="soft">{size(file.size)}</span>
          </a>
        </li>
      ))}
      {files.length === 0 && <li>{t("no_files")}</li>}
    </ul>
  );
}

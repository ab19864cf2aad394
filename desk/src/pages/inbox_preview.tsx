// The real widget beside the settings, with what is typed and not saved yet. Nothing can be sent in it.
import { useEffect, useRef, useState } from "preact/hooks";
import { put } from "../lib/api";
import { t } from "../lib/i18n";
import { explain } from "../state/store";

const PAUSE = 250; // milliseconds without a key before the preview follows

export function Preview({ settings, side, locale }: { settings: object; side: string; locale: string }) {
  const [name, setName] = useState("");
  const [problem, setProblem] = useState("");
  const frame = useRef<HTMLIFrameElement>(null);
  const wanted = useRef<object | null>(null);
  const busy = useRef(false);
  const look = useRef({ locale, side });
  look.current = { locale, side };
  const show = () => frame.current?.contentWindow?.postMessage(look.current, location.origin);
  // One at a time: two on the way could arrive in the other order, and the older settings would stay.
  const keep = async () => {
    wanted.current = settings;
    if (busy.current) return;
    busy.current = true;
    while (wanted.current) {
      const sent = wanted.current;
      wanted.current = null;
      try {
        setName((await put<{ name: string }>("/inbox-preview", { settings: sent })).name);
        setProblem("");
      } catch (failure) {
        setProblem(explain(failure));
      }
    }
    busy.current = false;
    show();
  };
  useEffect(() => {
    const timer = setTimeout(() => void keep(), name ? PAUSE : 0);
    return () => clearTimeout(timer);
  }, [settings, locale]);
  return (
    <aside class="preview" aria-label={t("preview")}>
      <h2>{t("preview")}</h2>
      <p class="soft">{t("preview_lead")}</p>
      {problem && <p class="problem" role="status">{problem}</p>}
      <div class="preview-window">
        {name && <iframe ref={frame} title={t("preview")} src={`/chat/preview?inbox=${name}`} onLoad={show} />}
      </div>
    </aside>
  );
}

// The list of keys.
import { KEYS } from "../keys";
import { t, type Word } from "../lib/i18n";
import { Dialog, show } from "./dialog";

export const helpDialog = () => show(Help);

function Help() {
  return (
    <Dialog title={t("keys_help")}>
      <dl class="keys">
        {KEYS.map(([key, word]) => (
          <div key={key}>
            <dt>{key.split(" / ").map((one) => <kbd key={one}>{one}</kbd>)}</dt>
            <dd>{t(word as Word)}</dd>
          </div>
        ))}
      </dl>
      <p class="soft">{t("keys_write")}</p>
    </Dialog>
  );
}

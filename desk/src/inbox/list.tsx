// The queue: views, search, filters, and a list that only draws the rows in sight.
import { useEffect, useRef, useState } from "preact/hooks";
import { t, tOf, type Word } from "../lib/i18n";
import { openId } from "../lib/route";
import { tick } from "../lib/time";
import { writing } from "../lib/writing";
import {
  channelFilter, counts, found, listProblem, loadList, loadMore, loading, shown, sort, tagFilter, tags, unreadOnly,
  view, words, type Sort, type View,
} from "../state/store";
import { Item, Menu } from "../ui/bits";
import { Icon } from "../ui/icon";
import { QueueRow } from "./row";
import { cursor } from "./cursor";

export const ROW_HEIGHT = 86;
const SPARE = 6;
const MAIN: View[] = ["mine", "unassigned", "all"];
const OTHER: View[] = ["snoozed", "bot", "resolved"];
const SORTS: Sort[] = ["sla", "newest", "oldest", "priority"];
const CHANNELS = ["web", "telegram", "slack"];

export function setView(wanted: View): void {
  view.value = wanted;
  sessionStorage.setItem("view", wanted);
  cursor.value = null;
  void loadList();
}

function setSort(wanted: Sort): void {
  sort.value = wanted;
  localStorage.setItem("sort", wanted);
  void loadList();
}

let typing = 0;
function search(text: string): void {
  clearTimeout(typing);
  typing = window.setTimeout(() => {
    if (text.trim() === words.value) return;
    words.value = text.trim();
    void loadList();
  }, 180);
}

export function QueueList() {
  return (
    <section class="queue" aria-label={t("queue")}>
      {openId.value === null && <h1 class="hidden">{t("nav_inbox")}</h1>}
      <Tabs />
      <Tools />
      {listProblem.value && (
        <p class="problem" role="alert">
          {listProblem.value}
        </p>
      )}
      <Rows />
    </section>
  );
}

function Tabs() {
  const other = OTHER.includes(view.value);
  return (
    <div class="tabs">
      {MAIN.map((name) => (
        <button class="tab" aria-pressed={view.value === name} onClick={() => setView(name)} key={name}>
          {t(`view_${name}` as Word)}
          <span class="count" data-view={name}>
            {(counts.value[name] ?? 0) >= 1000 ? "999+" : (counts.value[name] ?? 0)}
          </span>
        </button>
      ))}
      <Menu
        title={t("more_views")}
        class={`tab${other ? " on" : ""}`}
        end
        label={other ? t(`view_${view.value}` as Word) : <Icon name="more" />}
      >
        {(close) =>
          OTHER.map((name) => (
            <Item
              checked={view.value === name}
              onPick={() => {
                setView(name);
                close();
              }}
            >
              {t(`view_${name}` as Word)}
            </Item>
          ))
        }
      </Menu>
    </div>
  );
}

function Tools() {
  const [text, setText] = useState(words.value);
  const filtered = channelFilter.value || tagFilter.value;
  return (
    <div class="queue-tools">
      <div class="search">
        <Icon name="search" size={16} />
        <input
          id="search"
          type="search"
          placeholder={t("search")}
          aria-label={t("search")}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            search(event.currentTarget.value);
          }}
          onKeyDown={(event) => event.key === "Escape" && (setText(""), search(""), event.currentTarget.blur())}
        />
        <kbd>/</kbd>
      </div>
      <div class="queue-sort">
        <Menu title={t("sort_by")} class="quiet" label={<>{t(`sort_${sort.value}` as Word)} <Icon name="down" size={14} /></>}>
          {(close) =>
            SORTS.map((name) => (
              <Item
                checked={sort.value === name}
                onPick={() => {
                  setSort(name);
                  close();
                }}
              >
                {t(`sort_${name}` as Word)}
              </Item>
            ))
          }
        </Menu>
        <Menu
          title={t("filter")}
          class={filtered ? "quiet on" : "quiet"}
          label={<>{filtered ? tagFilter.value || tOf("channel", channelFilter.value) : t("filter")} <Icon name="down" size={14} /></>}
        >
          {(close) => {
            const pick = (channel: string, tag: string) => {
              channelFilter.value = channel;
              tagFilter.value = tag;
              void loadList();
              close();
            };
            return (
              <>
                <Item checked={!filtered} onPick={() => pick("", "")}>{t("everything")}</Item>
                {CHANNELS.map((name) => (
                  <Item checked={channelFilter.value === name} onPick={() => pick(name, "")}>{tOf("channel", name)}</Item>
                ))}
                {tags.value.slice(0, 12).map((name) => (
                  <Item checked={tagFilter.value === name} onPick={() => pick("", name)}>#{name}</Item>
                ))}
              </>
            );
          }}
        </Menu>
        <label class="check">
          <input type="checkbox" checked={unreadOnly.value} onChange={(e) => (unreadOnly.value = e.currentTarget.checked)} />
          {t("unread")}
        </label>
      </div>
    </div>
  );
}

function Rows() {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(700);
  const list = shown.value;
  useEffect(() => {
    const element = box.current!;
    const watch = new ResizeObserver(() => setHeight(element.clientHeight));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  const at = cursor.value;
  useEffect(() => {
    if (at === null) return;
    const index = shown.value.findIndex((row) => row.id === at);
    const element = box.current!;
    if (index < 0) return;
    const y = index * ROW_HEIGHT;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + ROW_HEIGHT > element.scrollTop + element.clientHeight) element.scrollTop = y + ROW_HEIGHT - element.clientHeight;
    requestAnimationFrame(() => {
      // A frame may come late: by then somebody may write.
      if (writing(document.activeElement)) return;
      element.querySelector<HTMLElement>(`[data-id="${at}"]`)?.focus({ preventScroll: true });
    });
  }, [at]);
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - SPARE);
  const last = Math.min(list.length, Math.ceil((top + height) / ROW_HEIGHT) + SPARE);
  const now = tick.value;
  return (
    <div
      class="rows"
      ref={box}
      onScroll={(event) => {
        const element = event.currentTarget;
        setTop(element.scrollTop);
        if (element.scrollTop + element.clientHeight > element.scrollHeight - 8 * ROW_HEIGHT) void loadMore();
      }}
    >
      <ul class="row-list" aria-label={t(`view_${view.value}` as Word)} style={{ height: `${list.length * ROW_HEIGHT}px` }}>
        {list.slice(first, last).map((row, index) => (
          <QueueRow key={row.id} row={row} index={first + index} total={list.length} now={now} current={row.id === openId.value} />
        ))}
      </ul>
      {list.length === 0 && <Empty />}
    </div>
  );
}

function Empty() {
  if (loading.value) return <p class="empty">{t("loading")}</p>;
  if (found.value) return <p class="empty">{t("nothing_found")}</p>;
  const key = `empty_${view.value}` as Word;
  return (
    <div class="empty">
      <Icon name="check" size={28} />
      <p>{t(key)}</p>
    </div>
  );
}

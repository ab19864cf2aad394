// ECharts, only what is used: bars and lines as SVG. Loaded with the first chart.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, TooltipComponent, AriaComponent, SVGRenderer]);

export function draw(
  box: HTMLElement,
  title: string,
  days: string[],
  values: (number | null)[],
  shown: (value: number | null) => string,
  language: string,
  pick: (day: string) => void,
): () => void {
  const css = getComputedStyle(document.documentElement);
  const colour = (name: string) => css.getPropertyValue(name).trim();
  const short = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { day: "numeric", month: "short" });
  const chart = echarts.init(box, null, { renderer: "svg" });
  chart.setOption({
    aria: { enabled: true, label: { description: `${title}: ${days.map((day, at) => `${day} ${shown(values[at] ?? null)}`).join(", ")}` } },
    animation: false,
    grid: { left: 8, right: 8, top: 14, bottom: 4, containLabel: true },
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value: unknown) => shown(value as number | null) },
    xAxis: { type: "category", data: days.map((day) => short.format(new Date(day))), axisLabel: { color: colour("--soft") }, axisLine: { lineStyle: { color: colour("--line-strong") } }, axisTick: { show: false } },
    yAxis: { type: "value", minInterval: 1, axisLabel: { color: colour("--soft"), formatter: (value: number) => shown(value) }, splitLine: { lineStyle: { color: colour("--line") } } },
    series: [{ type: "bar", name: title, data: values, itemStyle: { color: colour("--accent"), borderRadius: [4, 4, 0, 0] }, barMaxWidth: 26 }],
  });
  chart.on("click", (event) => pick(days[event.dataIndex]!));
  const watch = new ResizeObserver(() => chart.resize());
  watch.observe(box);
  return () => {
    watch.disconnect();
    // The library empties these by innerHTML when it is done, which our policy forbids.
    for (const element of [box, ...box.querySelectorAll("svg")]) {
      Object.defineProperty(element, "innerHTML", { configurable: true, set: () => element.replaceChildren() });
    }
    chart.dispose();
  };
}

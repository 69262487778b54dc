// Charts by ECharts, for `<figure data-chart="KIND">` with its numbers in a `<script type="application/json">` inside
// or at `data-url`. Drawn on canvas with the stylesheet's own colours, again when the theme or the size changes. The
// tooltip is drawn, too, since a strict Content-Security-Policy forbids the styled HTML that ECharts would write.
//
// Kinds and their JSON:
//   trend  {"labels": ["2026-03-02", …], "series": [{"name": "Tier 1", "values": [0.4, null, …], "line": "t1|t2|t3"}],
//           "unit": "share|hours|count|money", "limit": 4, "band": [0.6, 0.8], "currency": "EUR", "room": 56}
//   bars   {"labels": […], "series": [{"name": …, "values": […], "tone": "intent|fit"}], "unit": …}
// A press on a point goes to `links[series][index]` when the JSON has them.

const DASHES = { t1: "solid", t2: "solid", t3: [2, 3] };

const colours = () => {
  // A custom property keeps its light-dark() text: let the browser resolve it through a real colour.
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const get = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = Object.fromEntries(
    ["ink", "ink-2", "ink-3", "line", "accent", "bad", "band", "raised", "bg"].map((name) => [name, get(name)]),
  );
  probe.remove();
  return found;
};

const words = (unit, currency) => (value) => {
  if (value === null || value === undefined || Number.isNaN(value)) return "no data";
  if (unit === "share") return `${Math.round(value * 100)}%`;
  if (unit === "hours") {
    const hours = Math.floor(value);
    const minutes = Math.round((value - hours) * 60);
    return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  }
  if (unit === "money") return new Intl.NumberFormat("en", { style: "currency", currency, notation: "compact", maximumFractionDigits: 1 }).format(value);
  return new Intl.NumberFormat("en", { maximumFractionDigits: 1 }).format(value);
};

const day = (label) => {
  const date = new Date(`${label}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ? label : new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }).format(date);
};

const option = (kind, data, colour, font) => {
  const say = words(data.unit, data.currency);
  const quiet = { fontFamily: font, fontSize: 11, color: colour["ink-2"] };
  const inks = { t1: colour.ink, t2: colour["ink-3"], t3: colour["ink-3"], intent: colour.accent, fit: colour["ink-3"] };
  const series = data.series.map((one, index) => {
    const ink = inks[one.line || one.tone] || colour.ink;
    if (kind === "bars") {
      return { type: "bar", name: one.name, data: one.values, stack: data.stack ? "all" : undefined, itemStyle: { color: ink }, barMaxWidth: 18 };
    }
    return {
      type: "line",
      name: one.name,
      data: one.values,
      symbol: "circle",
      symbolSize: 5,
      showSymbol: false,
      connectNulls: false,
      lineStyle: { color: ink, width: one.line === "t1" ? 2 : 1.5, type: DASHES[one.line] || "solid" },
      itemStyle: { color: ink },
      endLabel: { show: true, formatter: one.short || one.name, distance: 6, ...quiet },
      markLine:
        index === 0 && data.limit !== undefined && data.limit !== null
          ? { silent: true, symbol: "none", label: { show: false }, data: [{ yAxis: data.limit }], lineStyle: { color: colour.bad, type: [4, 3], width: 1 } }
          : undefined,
      markArea:
        index === 0 && data.band
          ? { silent: true, itemStyle: { color: colour.band, opacity: 0.35 }, data: [[{ yAxis: data.band[0] }, { yAxis: data.band[1] }]] }
          : undefined,
    };
  });
  return {
    animation: false,
    aria: { enabled: false },
    textStyle: { fontFamily: font },
    grid: { left: 44, right: data.room || (kind === "trend" ? 36 : 8), top: 10, bottom: 22 },
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      confine: true,
      backgroundColor: colour.raised,
      borderColor: colour.line,
      textStyle: { fontFamily: font, fontSize: 12, color: colour.ink },
      axisPointer: { type: "line", lineStyle: { color: colour["ink-3"], width: 1, type: "solid" } },
      formatter: (points) => [day(points[0].axisValue), ...points.map((point) => `${point.seriesName}: ${say(point.value)}`)].join("\n"),
    },
    xAxis: {
      type: "category",
      data: data.labels,
      boundaryGap: kind === "bars",
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: { ...quiet, formatter: day, showMinLabel: true, showMaxLabel: true, interval: kind === "bars" ? "auto" : Math.max(data.labels.length - 2, 0), alignMinLabel: "left", alignMaxLabel: "right" },
    },
    yAxis: {
      type: "value",
      min: 0,
      max: data.unit === "share" && data.max === undefined ? null : data.max,
      splitNumber: 2,
      axisLabel: { ...quiet, formatter: say },
      splitLine: { lineStyle: { color: colour.line } },
    },
    series,
  };
};

const APART = 11;

// The names at the ends of the lines, moved up so that none covers another.
const spread = (chart, data) => {
  const ends = data.series
    .map((one, index) => ({ index, value: [...one.values].reverse().find((value) => value !== null && value !== undefined) }))
    .filter((end) => end.value !== undefined)
    .map((end) => ({ ...end, at: chart.convertToPixel({ yAxisIndex: 0 }, end.value) }))
    .sort((a, b) => b.at - a.at);
  let lowest = Infinity;
  for (const end of ends) {
    end.to = Math.min(end.at, lowest - APART);
    lowest = end.to;
  }
  const series = data.series.map(() => ({}));
  for (const end of ends) series[end.index] = { endLabel: { offset: [0, end.to - end.at] } };
  chart.setOption({ series });
};

const drawn = new Map();

const draw = async (figure) => {
  const inside = figure.querySelector('script[type="application/json"]');
  try {
    const data = inside ? JSON.parse(inside.textContent) : await (await fetch(figure.dataset.url, { headers: { Accept: "application/json" } })).json();
    let room = figure.querySelector(".chart");
    if (!room) {
      room = document.createElement("div");
      room.className = "chart";
      room.setAttribute("role", "img");
      room.setAttribute("aria-label", figure.dataset.label || "");
      figure.append(room);
    }
    drawn.get(figure)?.dispose();
    const chart = window.echarts.init(room, null, { renderer: "canvas" });
    chart.setOption(option(figure.dataset.chart, data, colours(), getComputedStyle(document.body).fontFamily));
    if (figure.dataset.chart === "trend") spread(chart, data);
    if (data.links) chart.on("click", (point) => data.links[point.seriesIndex]?.[point.dataIndex] && location.assign(data.links[point.seriesIndex][point.dataIndex]));
    drawn.set(figure, chart);
  } catch (error) {
    figure.classList.add("is-broken");
    console.error("This chart could not be drawn:", error);
  }
};

const drawAll = () => {
  if (!window.echarts) return;
  for (const [figure, chart] of drawn) {
    if (figure.isConnected) continue;
    chart.dispose();
    drawn.delete(figure);
  }
  document.querySelectorAll("figure[data-chart]").forEach((figure) => drawn.has(figure) || draw(figure));
};
const again = () => [...drawn.keys()].forEach(draw);

drawAll();
document.addEventListener("htmx:load", drawAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
let width = innerWidth;
new ResizeObserver(() => {
  if (width === innerWidth) return;
  width = innerWidth;
  drawn.forEach((chart) => chart.resize());
}).observe(document.body);
addEventListener("beforeprint", () => drawn.forEach((chart) => chart.resize()));

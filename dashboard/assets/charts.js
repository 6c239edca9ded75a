// Charts of costs over time: stacked bars from the JSON twin of the page.
"use strict";

(() => {
  const COLOURS = 8;
  const METRICS = {
    cost: {
      of: (point) => point.cost_usd ?? 0,
      show: (value) => "$" + value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 6 }),
    },
    tokens: {
      of: (point) => point.input_tokens + point.output_tokens,
      show: (value) => value.toLocaleString("en"),
    },
    calls: {
      of: (point) => point.calls,
      show: (value) => value.toLocaleString("en"),
    },
  };

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Seconds since 1970 of a time of the store, which has nanoseconds.
  const seconds = (time) => Date.parse(time.slice(0, 19) + "Z") / 1000;

  const LENGTHS = { minute: 60, hour: 3600, day: 86400 };

  // The starts of all buckets from the first to the last, also of those without calls.
  const bucketStarts = (data) => {
    const starts = [];
    const last = seconds(data.last);
    for (let at = seconds(data.first); at <= last;) {
      starts.push(at);
      if (data.bucket === "month") {
        const start = new Date(at * 1000);
        at = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1) / 1000;
      } else {
        at += LENGTHS[data.bucket];
      }
    }
    return starts;
  };

  // A time of the axis in UTC: the month, the day, or the time of the day.
  const timeLabel = (at, step) => {
    const time = new Date(at * 1000).toISOString();
    if (step >= 28 * 86400) return time.slice(0, 7);
    return step >= 86400 || at % 86400 === 0 ? time.slice(5, 10) : time.slice(11, 16);
  };

  // A fill that differs in its pattern too, so that series can be told apart without colours.
  const fill = (context, index) => {
    const colour = css(`--series-${(index % COLOURS) + 1}`);
    const size = 8 * devicePixelRatio;
    const tile = document.createElement("canvas");
    tile.width = tile.height = size;
    const draw = tile.getContext("2d");
    draw.fillStyle = colour;
    draw.fillRect(0, 0, size, size);
    draw.strokeStyle = draw.fillStyle = css("--background");
    draw.globalAlpha = 0.55;
    draw.lineWidth = 1.5 * devicePixelRatio;
    draw.beginPath();
    switch (index % 4) {
      case 1:
        for (const at of [-size, 0, size]) {
          draw.moveTo(at, size);
          draw.lineTo(at + size, 0);
        }
        break;
      case 2:
        draw.arc(size / 2, size / 2, size / 5, 0, 2 * Math.PI);
        draw.fill();
        break;
      case 3:
        draw.moveTo(0, size / 2);
        draw.lineTo(size, size / 2);
        break;
    }
    draw.stroke();
    return context.createPattern(tile, "repeat");
  };

  const swatch = (index) => {
    const canvas = document.createElement("canvas");
    canvas.className = "swatch";
    canvas.width = canvas.height = 14 * devicePixelRatio;
    canvas.setAttribute("aria-hidden", "true");
    const draw = canvas.getContext("2d");
    draw.fillStyle = fill(draw, index);
    draw.fillRect(0, 0, canvas.width, canvas.height);
    return canvas;
  };

  // A text with control and direction characters made visible.
  const visible = (text) =>
    text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);

  const nameOf = (series, element, data) => {
    if (series === data.other) return `${data.other_groups} others`;
    return series.key === null ? element.dataset.none : visible(series.key);
  };

  const valuesOf = (series, starts, metric) => {
    const at = new Map(series.points.map((point) => [seconds(point.start), metric.of(point)]));
    return starts.map((start) => at.get(start) ?? 0);
  };

  class Chart {
    constructor(element, data) {
      this.element = element;
      this.data = data;
      this.metric = METRICS[element.dataset.metric];
      this.starts = bucketStarts(data);
      const series = data.other ? [...data.series, data.other] : data.series;
      this.series = series.map((one, index) => ({
        index,
        name: nameOf(one, element, data),
        values: valuesOf(one, this.starts, this.metric),
        isShown: true,
      }));
      this.draw();
    }

    draw() {
      this.plot?.destroy();
      this.element.replaceChildren();
      const shown = this.series.filter((one) => one.isShown);
      // The sum of a series and all below it. The highest sum is drawn first.
      const sums = [];
      for (const one of shown) {
        const below = sums.at(-1)?.sums;
        sums.push({ one, sums: one.values.map((value, at) => value + (below?.[at] ?? 0)) });
      }
      sums.reverse();
      const axis = { stroke: css("--muted"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line") } };
      this.plot = new uPlot({
        width: this.element.clientWidth,
        height: 260,
        tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        scales: { x: { time: true, range: (_, from, to) => this.range(from, to) }, y: { range: (_, __, most) => [0, (most || 1) * 1.08] } },
        axes: [
          { ...axis, grid: { show: false }, space: 64, size: 34, values: (_, splits, __, ___, step) => splits.map((at) => timeLabel(at, step)) },
          { ...axis, size: 84, values: (_, splits) => splits.map((value) => this.metric.show(value)) },
        ],
        series: [
          {},
          ...sums.map(({ one }) => ({
            label: one.name,
            width: 0,
            fill: (plot) => fill(plot.ctx, one.index),
            paths: uPlot.paths.bars({ size: [0.9, 64], gap: 1 }),
            points: { show: false },
          })),
        ],
        hooks: { setCursor: [(plot) => this.showValues(plot.cursor.idx)] },
      }, [this.starts, ...sums.map((one) => one.sums)], this.element);
      this.element.append(this.legend());
      this.showValues(null);
    }

    // A bucket on each side, so that the first and the last bar are whole.
    range(from, to) {
      const length = LENGTHS[this.data.bucket] ?? 31 * 86400;
      return [from - length * 0.7, to + length * 0.7];
    }

    legend() {
      const list = document.createElement("ul");
      list.className = "cost-legend";
      this.outputs = this.series.map((one) => {
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("aria-pressed", String(one.isShown));
        button.title = one.isShown ? "Hide the series" : "Show the series";
        const name = document.createElement("span");
        name.className = "id";
        name.textContent = one.name;
        const output = document.createElement("span");
        output.className = "muted";
        button.append(swatch(one.index), name, output);
        button.addEventListener("click", () => {
          one.isShown = !one.isShown;
          this.draw();
          this.element.querySelectorAll(".cost-legend button")[one.index].focus({ preventScroll: true });
        });
        const item = document.createElement("li");
        item.append(button);
        list.append(item);
        return output;
      });
      this.when = document.createElement("li");
      this.when.className = "muted";
      list.prepend(this.when);
      return list;
    }

    // Shows the values of a bucket beside the names; without a bucket, the sums.
    showValues(at) {
      const isBucket = at !== null && at !== undefined;
      const time = isBucket ? new Date(this.starts[at] * 1000).toISOString() : null;
      const digits = { minute: 16, hour: 16, day: 10, month: 7 }[this.data.bucket];
      if (this.when) this.when.textContent = time ? time.slice(0, digits).replace("T", " ") + " UTC" : "Total";
      this.series.forEach((one, index) => {
        const sum = one.values.reduce((sum, value) => sum + value, 0);
        if (this.outputs) this.outputs[index].textContent = this.metric.show(isBucket ? one.values[at] : sum);
      });
    }

    resize() {
      const width = this.element.clientWidth;
      if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: this.plot.height });
    }
  }

  let charts = [];

  const start = async () => {
    charts = charts.filter((chart) => chart.element.isConnected);
    for (const element of document.querySelectorAll("[data-chart]:not([data-started])")) {
      element.dataset.started = "";
      try {
        const answer = await fetch(element.dataset.chart);
        if (!answer.ok) throw new Error(await answer.text());
        const { over_time: data } = await answer.json();
        if (data.first) charts.push(new Chart(element, data));
      } catch (error) {
        element.textContent = `The chart cannot be drawn: ${error.message}`;
      }
    }
  };

  whenContent(start);
  // The history keeps the page without the drawing, whose styles the policy of the page forbids in
  // HTML, and draws again when the page comes back.
  document.addEventListener("htmx:beforeHistorySave", () => {
    for (const element of document.querySelectorAll("[data-chart]")) {
      delete element.dataset.started;
      element.replaceChildren();
    }
  });
  document.addEventListener("htmx:historyRestore", start);
  document.addEventListener("themechange", () => charts.forEach((chart) => chart.draw()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((chart) => chart.draw()));
  addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
})();

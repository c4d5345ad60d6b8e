/* Draws what the log tells over a time, with a mark where something changed. Without it the tables say the same. */
"use strict";
(() => {
  const COLOURS = 6;
  const MOST_MARKS = 40;
  const MOST_OF_A_KIND = 25; // of more of them, such as the price of each hour, a chart would be a hatching
  const FEW = 3; // points, which no line shows
  const AGAIN_MILLISECONDS = 60_000;
  const CELSIUS = "celsius";
  const PREFIXES = ["", "k", "M", "G", "T", "P", "E"];
  const KINDS = {
    pause: "times in which nothing was read",
    boot: "starts of the machine",
    miner_restart: "restarts of miners",
    miner_start: "starts of miners",
    algorithm: "changes of algorithm",
    energy_price: "changes of the price of energy",
    advice: "pieces of advice",
  };
  const UNITS = { watts: "W", celsius: "°C", hashes_per_second: "H/s", joules: "J", hertz: "Hz", rpm: "rpm" };

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const two = (number) => String(number).padStart(2, "0");
  const clock = (seconds) => {
    const at = new Date(1000 * seconds);
    return `${two(at.getHours())}:${two(at.getMinutes())}`;
  };
  const day = (seconds) => {
    const at = new Date(1000 * seconds);
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  };
  const told = (value, unit) => {
    if (value == null) return "–";
    if (unit === "%") return `${Number(value.toFixed(1))} %`;
    if (unit === "ratio") return `${(100 * value).toFixed(1)} %`;
    const sign = UNITS[unit] ?? "";
    let [size, prefix] = [value, 0];
    while (unit !== CELSIUS && unit !== "rpm" && Math.abs(size) >= 9999.5 && prefix < PREFIXES.length - 1) {
      size /= 1000;
      prefix += 1;
    }
    return `${Number(size.toPrecision(4))} ${PREFIXES[prefix]}${sign}`.trim();
  };
  const median = (values) => {
    const there = values.filter((value) => value != null).sort((one, other) => one - other);
    return there.length ? there[there.length >> 1] : null;
  };

  /* Of hashrates each as a part of what it should be: an axis from zero flattens it, and algorithms differ by powers. */
  const lines = (figure, series) => {
    const names = JSON.parse(figure.dataset.names || "{}");
    const named = (line) => [names[line.device] ?? line.device, line.miner, line.algorithm].filter(Boolean).join(" · ");
    if (!("baselines" in figure.dataset)) return series.lines.map((line) => ({ name: named(line), values: line.values }));
    const baselines = JSON.parse(figure.dataset.baselines);
    return series.lines
      .filter((line) => line.device == null)
      .map((line) => {
        // What is expected of the cards that are left is less than what was made before one was lost.
        const base = Math.max(baselines[`${line.miner} ${line.algorithm}`] ?? 0, median(line.values) ?? 0);
        return { name: named(line), values: line.values.map((one) => (one == null || !base ? null : (100 * one) / base)) };
      });
  };

  const marks = (changes) => ({
    hooks: {
      draw: (plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.strokeStyle = colour("--mark");
        ctx.setLineDash([4, 4]);
        ctx.lineWidth = devicePixelRatio;
        for (const change of changes) {
          const x = Math.round(plot.valToPos(Date.parse(change.at) / 1000, "x", true));
          if (x < bbox.left || x > bbox.left + bbox.width) continue;
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
        }
        ctx.restore();
      },
    },
  });

  const options = (figure, drawn, unit, changes) => {
    const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
    const span = drawn.times.at(-1) - drawn.times[0];
    const label = (seconds) => (span > 3 * 86_400 ? day(seconds) : clock(seconds));
    return {
      width: figure.clientWidth,
      height: figure.clientWidth < 600 ? 220 : 280,
      plugins: [marks(changes)],
      legend: { live: true },
      cursor: { points: { size: 6 } },
      scales: { x: { time: true } },
      axes: [
        { ...axis, space: 70, values: (_, ticks) => ticks.map(label) },
        { ...axis, size: 74, values: (_, ticks) => ticks.map((tick) => told(tick, unit)) },
      ],
      series: [
        { label: "Time", value: (_, seconds) => (seconds == null ? "–" : `${day(seconds)} ${clock(seconds)}`) },
        ...drawn.lines.map((line, place) => ({
          label: line.name,
          stroke: colour(`--line-${1 + (place % COLOURS)}`),
          dash: place < COLOURS ? undefined : [6, 4],
          width: 1.5,
          spanGaps: false,
          points: { show: line.values.filter((value) => value != null).length < FEW, size: 5 },
          value: (_, value) => told(value, unit),
        })),
      ],
    };
  };

  /* What is so frequent that it hides the rest is told as one. */
  const apart = (changes) => {
    const counts = new Map();
    for (const { kind } of changes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const frequent = [...counts.keys()].filter((kind) => counts.get(kind) > MOST_OF_A_KIND);
    return { marked: changes.filter(({ kind }) => !frequent.includes(kind)).slice(-MOST_MARKS), frequent };
  };

  const list = (figure, { marked, frequent }) => {
    const place = figure.parentElement.querySelector("[data-changes]");
    if (!place) return;
    const items = [...marked].reverse().map((change) => {
      const item = document.createElement("li");
      const seconds = Date.parse(change.at) / 1000;
      const subject = change.subject && !change.said.includes(change.subject) ? `${change.subject}: ` : "";
      item.textContent = `${day(seconds)} ${clock(seconds)}  ${subject}${change.said}`;
      return item;
    });
    for (const kind of frequent) {
      const item = document.createElement("li");
      item.textContent = `More than ${MOST_OF_A_KIND} ${KINDS[kind] ?? kind}, which are not marked`;
      items.push(item);
    }
    place.replaceChildren(...items);
    place.parentElement.hidden = items.length === 0;
  };

  const draw = async (figure) => {
    const { quantity, span, rig, points } = figure.dataset;
    const about = new URLSearchParams({ from: span, ...(rig ? { rig } : {}) });
    const ask = async (path, more) => {
      const answer = await fetch(`/api/v1/${path}?${new URLSearchParams([...about, ...more])}`);
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      return answer.json();
    };
    const [series, changed] = await Promise.all([
      ask("series", [["quantity", quantity], ["points", points]]),
      ask("changes", []),
    ]);
    const changes = apart(changed.changes);
    const starts = Date.parse(series.starts_at) / 1000;
    const drawn = {
      times: Array.from({ length: series.points }, (_, place) => starts + place * series.step_seconds),
      lines: lines(figure, series),
    };
    const unit = "baselines" in figure.dataset ? "%" : series.unit;
    const note = figure.querySelector("[data-note]");
    const isEmpty = !drawn.lines.some((line) => line.values.some((value) => value != null));
    note.hidden = !isEmpty;
    note.textContent = "Nothing was logged in this time yet. A minute after the first reading a line begins here.";
    figure.plot?.destroy();
    figure.plot = null;
    if (!isEmpty) {
      const data = [drawn.times, ...drawn.lines.map((line) => line.values)];
      figure.plot = new uPlot(options(figure, drawn, unit, changes.marked), data, figure);
    }
    list(figure, changes);
    figure.dataset.drawn = "";
  };

  const figures = Array.from(document.querySelectorAll("[data-quantity]"));
  const drawAll = async () => {
    for (const figure of figures) {
      try {
        await draw(figure);
      } catch (error) {
        const note = figure.querySelector("[data-note]");
        note.hidden = false;
        note.textContent = `The log does not answer just now (${error.message}); it is asked again in a minute.`;
      }
    }
  };
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.plot && target.plot.width !== target.clientWidth) {
        target.plot.setSize({ width: target.clientWidth, height: target.plot.height });
      }
    }
  });
  figures.forEach((figure) => sizes.observe(figure));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  setInterval(() => document.hidden || drawAll(), AGAIN_MILLISECONDS);
  drawAll();
})();

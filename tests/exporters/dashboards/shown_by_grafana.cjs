// What a person reads: answers of Prometheus through Grafana's own library (@grafana/data), as its panels use it.
// Standard input: {"modules": folder, "panels": [{"panel": ..., "answers": {"A": [{"metric": ..., "value": [...]}]}}]}.
// Standard output: for each panel {"columns": [...], "rows": [[...]]}.
"use strict";

const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");

const given = JSON.parse(readFileSync(0, "utf8"));
const theirs = createRequire(`${given.modules}/package.json`);

// The library looks for a browser when it is loaded, and draws nothing.
const { window } = new (theirs("jsdom").JSDOM)("", { url: "http://localhost/" });
const names = ["document", "HTMLElement", "Node", "Element", "MutationObserver", "getComputedStyle", "localStorage"];
for (const [name, value] of [["window", window], ["navigator", window.navigator], ...names.map((n) => [n, window[n]])]) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
window.matchMedia = () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {} });

const grafana = theirs("@grafana/data");
const { mergeTransformer, filterFieldsByNameTransformer, organizeFieldsTransformer } = grafana.standardTransformers;
grafana.standardTransformersRegistry.setInit(() =>
  [mergeTransformer, filterFieldsByNameTransformer, organizeFieldsTransformer].map((each) => ({
    id: each.id,
    name: each.name,
    transformation: each,
  })),
);
const properties = {
  unit: grafana.unitOverrideProcessor,
  decimals: grafana.numberOverrideProcessor,
  thresholds: grafana.thresholdsOverrideProcessor,
  mappings: grafana.valueMappingsOverrideProcessor,
};
const known = new grafana.Registry(() =>
  Object.entries(properties).map(([id, process]) => ({ id, path: id, name: id, process, shouldApply: () => true })),
);
const NUMBER = grafana.FieldType.number;

// An answer as Grafana's data source for Prometheus hands it on: one frame a table, or one a series.
function frames(panel, answers) {
  const several = panel.targets.length > 1;
  return panel.targets.flatMap(({ refId, legendFormat, format }) => {
    const series = answers[refId];
    const numbers = series.map(({ value }) => Number(value[1]));
    const time = { name: "Time", type: grafana.FieldType.time, values: series.map(() => 0), config: {} };
    if (format !== "table") {
      return series.map(({ metric }, place) => {
        const displayNameFromDS = legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? "");
        const value = { name: "Value", type: NUMBER, values: [numbers[place]], labels: metric, config: { displayNameFromDS } };
        return { refId, length: 1, fields: [{ ...time, values: [0] }, value] };
      });
    }
    const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].sort();
    const texts = labels.map((name) => ({
      name,
      type: grafana.FieldType.string,
      values: series.map(({ metric }) => metric[name] ?? ""),
      config: { filterable: true },
    }));
    const value = { name: several ? `Value #${refId}` : "Value", type: NUMBER, values: numbers, config: {} };
    return [{ refId, length: series.length, fields: [time, ...texts, value] }];
  });
}

function transformed(panel, data) {
  return new Promise((resolve, reject) =>
    grafana.transformDataFrame(panel.transformations ?? [], data).subscribe({ next: resolve, error: reject }),
  );
}

async function shown({ panel, answers }) {
  const data = grafana.applyFieldOverrides({
    data: await transformed(panel, frames(panel, answers)),
    fieldConfig: panel.fieldConfig,
    fieldConfigRegistry: known,
    replaceVariables: (text) => text,
    theme: grafana.createTheme(),
    timeZone: "utc",
  });
  const fields = data.flatMap((frame) =>
    frame.fields
      .filter((field) => panel.type === "table" || field.type === NUMBER)
      .map((field) => ({ field, frame, values: [...field.values] })),
  );
  const texts = fields.map(({ field, values }) =>
    values.map((value) => grafana.formattedValueToString(field.display(value))),
  );
  return {
    columns: fields.map(({ field, frame }) => grafana.getFieldDisplayName(field, frame, data)),
    rows: (texts[0] ?? []).map((_, row) => texts.map((column) => column[row])),
  };
}

Promise.all(given.panels.map(shown)).then((all) => process.stdout.write(JSON.stringify(all)));

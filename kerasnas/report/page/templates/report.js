"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { columns, conditions, colors } = data;
  const element = (id) => document.getElementById(id);
  const PAGE = 50;
  const ALL = "";
  const TITLES = {
    genome: "genome", status: "status", validation_accuracy: "validation %", testing_accuracy: "testing %",
    parameters: "parameters", macs: "multiply-adds", seconds: "seconds", strategy: "strategy", trial: "trial", seed: "seed",
  };
  const NUMBERS = new Set(["validation_accuracy", "testing_accuracy", "parameters", "macs", "seconds", "int8_bytes", "trial", "seed"]);
  const state = { sort: "validation_accuracy", descending: true, page: 0, pinned: null, visible: [] };

  // Plotly reads a little HTML in its texts; nothing of a results file may be read so.
  const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const shown = (name, value) => {
    if (value === null || value === undefined) return "";
    if (name.endsWith("accuracy")) return value.toFixed(2);
    if (name === "seconds") return value.toFixed(1);
    if (name === "latency_ms") return value.toFixed(3);
    return NUMBERS.has(name) && name !== "seed" ? value.toLocaleString("en") : String(value);
  };
  const make = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  // Pictures in the page's colours
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const themed = (layout = {}) => {
    const axis = (given = {}) => ({ gridcolor: css("--line"), zerolinecolor: css("--line"), linecolor: css("--line"), automargin: true, ...given });
    return {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: css("--text"), size: 12 },
      margin: { l: 56, r: 12, t: 34, b: 48 }, legend: { orientation: "h", yref: "container", y: 0, yanchor: "bottom" }, hoverlabel: { align: "left" },
      ...layout, xaxis: axis(layout.xaxis), yaxis: axis(layout.yaxis),
    };
  };
  const CONFIG = { responsive: true, displaylogo: false, showSendToCloud: false };
  const escaped = (figure) => figure.data.map((trace) => ({
    ...trace,
    ...(trace.name === undefined ? {} : { name: plain(trace.name) }),
    ...(trace.type === "bar" || trace.type === "heatmap" ? { y: trace.y.map(plain) } : {}),
  }));
  const render = (place, traces, layout) => {
    Plotly.react(place, traces, themed(layout), CONFIG);
    // A reader hears the label and the tables, not hundreds of shapes.
    for (const part of document.querySelectorAll(".main-svg, .modebar, #js-plotly-tester")) part.setAttribute("aria-hidden", "true");
  };
  const draw = (place, figure) => render(place, escaped(figure), figure.layout);

  // Filters
  const choose = (select, choices, first) => {
    select.replaceChildren(...(first ? [make("option", { value: ALL, textContent: first })] : []));
    for (const [value, label] of choices) select.append(make("option", { value, textContent: label }));
  };
  const distinct = (name) => [...new Set(columns[name])].sort();
  const strategies = distinct("strategy"); // a strategy keeps its colour whatever is filtered
  const matches = (row) => {
    const [condition, status, strategy, dataset] = ["conditions", "status", "strategy", "dataset"].map((id) => element(id).value);
    const text = element("text").value.trim().toLowerCase();
    return (condition === ALL || columns.conditions[row] === Number(condition))
      && (status === ALL || columns.status[row] === status)
      && (strategy === ALL || strategy === "strategy:" + columns.strategy[row])
      && (dataset === ALL || columns.dataset[row] === dataset)
      && (!text || columns.genome[row].toLowerCase().includes(text) || columns.reason[row].toLowerCase().includes(text));
  };
  const filter = () => {
    state.visible = columns.genome.map((_, row) => row).filter(matches);
    sort();
    state.page = 0;
    const condition = conditions[element("conditions").value];
    element("shown").textContent = `${state.visible.length.toLocaleString("en")} of ${columns.genome.length.toLocaleString("en")} rows`;
    const notes = element("notes");
    notes.replaceChildren(...(condition ? condition.notes : []).map((note) => make("li", { textContent: note })));
    if (!condition && conditions.length > 1) {
      notes.append(make("li", { className: "warning", textContent: "rows of several protocols stand side by side: their accuracies do not compare, so there is no front" }));
    }
    drawScatter();
    drawTable();
  };

  // Accuracy against cost
  const COST = { parameters: "parameters", macs: "multiply-adds", seconds: "seconds of training", latency_ms: "milliseconds an image" };
  const drawScatter = () => {
    const [x, y] = [element("x").value, element("y").value];
    const condition = conditions[element("conditions").value];
    const points = (rows) => {
      const kept = rows.filter((row) => columns.status[row] === "ok" && columns[x][row] !== null && columns[y][row] !== null);
      return {
        x: kept.map((row) => columns[x][row]), y: kept.map((row) => columns[y][row]), customdata: kept,
        text: kept.map((row) => plain(columns.genome[row])), hovertemplate: "%{text}<br>%{x:,} · %{y:.2f}%<extra></extra>",
      };
    };
    const groups = grouped(state.visible);
    const traces = [...groups].map(([strategy, rows]) => ({
      ...points(rows), type: "scatter", mode: "markers", name: plain(strategy || "models"), marker: { size: 7, opacity: 0.7, color: colors[strategies.indexOf(strategy) % colors.length] },
    }));
    const visible = new Set(state.visible);
    if (condition && condition.fronts[x] && y === condition.accuracy.replace(" ", "_")) {
      traces.push({ ...points(condition.fronts[x].filter((row) => visible.has(row))), type: "scatter", mode: "lines+markers", name: "Pareto front", line: { color: css("--accent"), width: 1.5 }, marker: { size: 8 } });
    }
    if (condition && condition.chosen !== null && visible.has(condition.chosen)) {
      traces.push({ ...points([condition.chosen]), type: "scatter", mode: "markers", name: "hill climb's choice", marker: { symbol: "star", size: 17, color: css("--mark") } });
    }
    if (state.pinned !== null) {
      traces.push({ ...points([state.pinned]), type: "scatter", mode: "markers", name: "pinned", marker: { symbol: "circle-open", size: 18, color: css("--mark"), line: { width: 3 } } });
    }
    const layout = {
      xaxis: { title: { text: COST[x] }, type: element("log").checked ? "log" : "linear" },
      yaxis: { title: { text: y.replace("_", " ") + " (%)" } }, hovermode: "closest",
    };
    render(element("scatter"), traces, layout);
  };
  const grouped = (rows) => {
    const groups = new Map();
    for (const row of rows) {
      const strategy = columns.strategy[row];
      if (!groups.has(strategy)) groups.set(strategy, []);
      groups.get(strategy).push(row);
    }
    return groups;
  };

  // Table
  const sort = () => {
    const values = columns[state.sort];
    const sign = state.descending ? -1 : 1;
    state.visible.sort((a, b) => {
      const [one, other] = [values[a], values[b]];
      if (one === null || other === null) return (one === null) - (other === null) || a - b; // what is not known stands last
      return (one < other ? -sign : one > other ? sign : 0) || a - b;
    });
  };
  const drawHead = () => {
    const cells = Object.entries(TITLES).map(([name, title]) => {
      const active = state.sort === name;
      const button = make("button", { type: "button", textContent: title + (active ? (state.descending ? " ▼" : " ▲") : "") });
      button.addEventListener("click", () => {
        state.descending = active ? !state.descending : NUMBERS.has(name) && name.endsWith("accuracy");
        state.sort = name;
        state.page = 0;
        sort();
        drawTable();
        element("table").querySelector(`th[data-name="${name}"] button`).focus();
      });
      const cell = make("th", { scope: "col", className: NUMBERS.has(name) ? "number" : "" }, button);
      cell.dataset.name = name;
      cell.setAttribute("aria-sort", active ? (state.descending ? "descending" : "ascending") : "none");
      return cell;
    });
    element("table").tHead.rows[0].replaceChildren(...cells);
  };
  const drawTable = () => {
    drawHead();
    const rows = state.visible.slice(state.page * PAGE, (state.page + 1) * PAGE);
    element("table").tBodies[0].replaceChildren(...rows.map((row) => {
      const cells = Object.keys(TITLES).map((name) => {
        if (name !== "genome") return make("td", { className: NUMBERS.has(name) ? "number" : "", textContent: shown(name, columns[name][row]) });
        const button = make("button", { type: "button", className: "link genome", textContent: columns.genome[row] });
        button.addEventListener("click", () => pin(row));
        return make("td", {}, button);
      });
      const made = make("tr", { className: row === state.pinned ? "pinned" : "" }, ...cells);
      made.dataset.row = row;
      return made;
    }));
    const pages = Math.max(1, Math.ceil(state.visible.length / PAGE));
    element("page").textContent = `page ${state.page + 1} of ${pages}`;
    element("before").disabled = state.page === 0;
    element("after").disabled = state.page + 1 >= pages;
  };
  const turn = (by) => { state.page += by; drawTable(); };

  // One model
  const pin = (row) => {
    state.pinned = row;
    for (const line of element("table").tBodies[0].rows) line.className = Number(line.dataset.row) === row ? "pinned" : "";
    drawScatter();
    drawPinned();
  };
  const drawPinned = () => {
    const place = element("pinned");
    const row = state.pinned;
    if (row === null) {
      place.replaceChildren(make("h3", { textContent: "No model pinned" }), make("p", { textContent: "Click a point, or a genome in the table, to see its layers and the command that rebuilds it." }));
      return;
    }
    const facts = ["status", "validation_accuracy", "testing_accuracy", "training_accuracy", "parameters", "macs", "seconds", "latency_ms", "int8_bytes", "int8_testing_accuracy", "reason", "strategy", "trial", "seed", "file"]
      .filter((name) => columns[name][row] !== null && columns[name][row] !== "")
      .flatMap((name) => [make("dt", { textContent: name.replaceAll("_", " ") }), make("dd", { textContent: shown(name, columns[name][row]) })]);
    place.replaceChildren(make("h3", { className: "genome", textContent: columns.genome[row] }), make("dl", {}, ...facts), ...layersOf(row), ...commandOf(row), ...curveOf(row));
    if (data.curves[row]) drawCurve(row);
  };
  const layersOf = (row) => {
    const layers = columns.layers[row];
    if (!layers) return [make("p", { textContent: "Its layers cannot be told: the genome cannot be read or built, or the row states no protocol." })];
    const genes = columns.genome[row].split(";");
    const body = make("tbody", {}, ...layers.map(([shape, parameters, macs], number) => make("tr", {},
      make("td", { className: "genome", textContent: genes[number] }), make("td", { textContent: shape }),
      make("td", { className: "number", textContent: parameters.toLocaleString("en") }), make("td", { className: "number", textContent: macs.toLocaleString("en") }))));
    const head = make("thead", {}, make("tr", {}, ...["layer", "output", "parameters", "multiply-adds"].map((title, number) => make("th", { scope: "col", className: number > 1 ? "number" : "", textContent: title }))));
    return [make("div", { className: "table-scroll" }, make("table", { id: "layers" }, make("caption", { textContent: "Layers" }), head, body))];
  };
  const commandOf = (row) => {
    const options = conditions[columns.conditions[row]].options;
    if (!columns.layers[row] || !options) return []; // no text that is no genome comes near a shell
    const command = `kerasnas train-genome '${columns.genome[row]}' ${options} --seed ${columns.seed[row]}`;
    const button = make("button", { type: "button", textContent: "Copy" });
    button.addEventListener("click", () => navigator.clipboard.writeText(command).then(() => { button.textContent = "Copied"; }));
    return [make("p", { textContent: "Rebuild it: " }, button), make("pre", {}, make("code", { id: "command", textContent: command }))];
  };
  const curveOf = (row) => data.curves[row]
    ? [make("div", { id: "curve", className: "plot" })]
    : [make("p", { className: "notes", textContent: "The course of its training was not kept: a CSV has one row a genome. Give the folder of kerasnas train-genome to the report to see it." })];
  const drawCurve = (row) => {
    const epochs = data.curves[row];
    const line = (name) => ({ x: epochs.map((e) => e.epoch), y: epochs.map((e) => e[name]), name: name.replaceAll("_", " "), mode: "lines+markers", type: "scatter" });
    draw(element("curve"), { data: ["training_accuracy", "validation_accuracy"].map(line), layout: { height: 280, xaxis: { title: { text: "epoch" } }, yaxis: { title: { text: "accuracy (%)" } } } });
  };

  // What follows the conditions
  const drawFigures = () => {
    const { figures } = conditions[element("conditions").value] || conditions[0];
    draw(element("progress-trials"), figures.trials);
    draw(element("progress-seconds"), figures.seconds);
    element("importance").hidden = !figures.importance.data.length;
    if (figures.importance.data.length) draw(element("importance"), figures.importance);
    element("genes-note").textContent = figures.importance.note;
  };
  const drawSearches = () => {
    for (const place of document.querySelectorAll(".search-plot")) {
      const number = [...document.querySelectorAll(".search")].indexOf(place.closest(".search"));
      draw(place, data.searches[number][place.dataset.figure]);
    }
  };

  const start = () => {
    drawSearches();
    if (columns.genome.length) {
      choose(element("conditions"), conditions.map((c, number) => [number, `${c.label} (${c.rows})`]), conditions.length > 1 ? "all, which do not compare" : null);
      element("conditions").value = "0";
      choose(element("status"), distinct("status").map((value) => [value, value]), "all");
      choose(element("strategy"), distinct("strategy").map((value) => ["strategy:" + value, value || "none"]), "all");
      choose(element("dataset"), distinct("dataset").filter(Boolean).map((value) => [value, value]), "all");
      const first = conditions[0];
      element("y").value = first.accuracy.replace(" ", "_");
      state.sort = element("y").value;
      for (const id of ["status", "strategy", "dataset"]) element(id).addEventListener("change", filter);
      element("conditions").addEventListener("change", () => { filter(); drawFigures(); });
      let typing = 0;
      element("text").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(filter, 200); });
      element("filters").addEventListener("submit", (event) => event.preventDefault());
      element("filters").addEventListener("reset", (event) => {
        event.preventDefault();
        for (const id of ["status", "strategy", "dataset", "text"]) element(id).value = ALL;
        filter();
      });
      for (const id of ["x", "y", "log"]) element(id).addEventListener("change", drawScatter);
      element("before").addEventListener("click", () => turn(-1));
      element("after").addEventListener("click", () => turn(1));
      state.pinned = first.chosen;
      filter();
      drawPinned();
      drawFigures();
      element("scatter").on("plotly_click", (event) => pin(event.points[0].customdata));
    }
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      drawSearches();
      if (columns.genome.length) { drawScatter(); drawFigures(); drawPinned(); }
    });
    document.documentElement.dataset.ready = "yes";
  };
  start();
})();

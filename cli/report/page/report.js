// Draws what the tables of the page say. Whatever comes from the data is set as text, never as markup.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const graph = data.graph, byId = (id) => document.getElementById(id);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const make = (kind, text, parent) => {
    const made = document.createElement(kind);
    if (text !== undefined) made.textContent = text;
    if (parent) parent.append(made);
    return made;
  };
  const number = (value) => value === null || value === undefined ? "" : typeof value === "number" ? String(+value.toPrecision(3)) : String(value);

  // The sections, as links.
  for (const section of document.querySelectorAll("main > section")) {
    make("a", section.querySelector("h2").textContent, byId("sections")).href = "#" + section.id;
  }

  // ---- charts --------------------------------------------------------------------------------------------
  const base = (description) => ({
    $schema: "https://vega.github.io/schema/vega-lite/v6.json", width: "container", height: 170, background: null, description,
    autosize: { type: "fit", contains: "padding" },
    config: {
      view: { stroke: null }, font: "system-ui, sans-serif", legend: { labelColor: colour("ink"), titleColor: colour("muted"), orient: "bottom", labelLimit: 220 },
      axis: { labelColor: colour("muted"), titleColor: colour("muted"), titleFontWeight: "normal", gridColor: colour("line"), domainColor: colour("muted"), tickColor: colour("muted"), labelLimit: 130, titleLimit: 220 },
    },
  });
  const scaled = (axis) => axis ? { zero: false, nice: false, domain: [axis.low, axis.high], ...(axis.constant ? { type: "symlog", constant: axis.constant } : {}) } : { zero: false };
  const along = (title, axis) => ({ title, ...(axis && axis.constant ? { values: axis.ticks } : {}) });
  const clip = { clip: true };

  function show(element, spec) {
    const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: "svg", container: element, hover: true });
    element.style.minHeight = "0";
    return view.runAsync();
  }

  function mechanismChart(mechanism, panel) {
    const spec = base("Posterior mean and 90% band along " + panel.cause);
    const rows = panel.lines.map(([x, level, mean, lower, upper]) => ({ x, level, mean, lower, upper }));
    const points = panel.points.map(([x, y]) => ({ x, y }));
    const type = panel.along === "number" ? "quantitative" : panel.along === "date" ? "temporal" : "ordinal";
    const x = { field: "x", type, axis: { ...along(panel.cause, panel.axis), ...(type === "ordinal" ? { labelAngle: 0 } : {}) }, ...(type === "quantitative" ? { scale: scaled(panel.axis) } : {}), ...(type === "ordinal" ? { sort: null } : {}) };
    const scale = mechanism.labelled ? { domain: [0, 1] } : scaled(mechanism.axis);
    const y = (field) => ({ field, type: "quantitative", scale, axis: along(mechanism.labelled ? "probability" : mechanism.name, mechanism.axis) });
    const c = mechanism.labelled ? { field: "level", type: "nominal", title: mechanism.name, sort: null } : { value: colour("set") };
    const tooltip = [{ field: "x", title: panel.cause, type: type === "temporal" ? "temporal" : "nominal" }, ...(mechanism.labelled ? [{ field: "level", title: mechanism.name }] : []), { field: "mean", title: "mean", format: ".4~g" }, { field: "lower", title: "from", format: ".4~g" }, { field: "upper", title: "to", format: ".4~g" }];
    const dots = { data: { values: points }, mark: { type: "circle", size: 14, opacity: 0.4, color: colour("muted"), ...clip }, encoding: { x, y: y("y") } };
    const lines = panel.along === "level"
      ? [{ mark: { type: "rule", strokeWidth: 2 }, encoding: { y: y("lower"), y2: { field: "upper" } } }, { mark: { type: "square", size: 60, opacity: 1 }, encoding: { y: y("mean"), tooltip } }]
      : [{ mark: { type: "area", opacity: 0.25, ...clip }, encoding: { y: y("lower"), y2: { field: "upper" } } }, { mark: { type: "line", strokeWidth: 2, point: { opacity: 0, size: 80 }, ...clip }, encoding: { y: y("mean"), tooltip } }];
    if (mechanism.labelled && panel.along === "level") for (const layer of lines) layer.encoding.xOffset = { field: "level" };
    spec.layer = [...(points.length ? [dots] : []), { data: { values: rows }, encoding: { x, color: c, ...(mechanism.labelled ? { detail: { field: "level" } } : {}) }, layer: lines }];
    return spec;
  }

  function densityChart(description, curves, axis, title, set) {
    const spec = base(description);
    const rows = curves.flatMap(([what, line]) => line.map(([x, y]) => ({ what, x, y })));
    const x = { field: "x", type: "quantitative", scale: scaled(axis), axis: along(title, axis) };
    const tones = { domain: curves.map(([what]) => what), range: curves.length > 1 ? [colour("bar"), colour("set")] : [colour("bar")] };
    spec.data = { values: rows };
    spec.layer = [{ mark: { type: "area", opacity: 0.3, line: true, ...clip }, encoding: { x, y: { field: "y", type: "quantitative", axis: null, stack: null }, color: { field: "what", type: "nominal", title: null, scale: tones, legend: curves.length > 1 ? { symbolOpacity: 1 } : null } } }];
    if (set !== undefined) spec.layer.push({ data: { values: [{ x: set }] }, mark: { type: "rule", color: colour("set"), strokeWidth: 2 }, encoding: { x } });
    spec.height = 130;
    return spec;
  }

  function movedChart(moved) {
    if (!moved.levels) return densityChart("Density of " + moved.name + " before and after", [["before", moved.before], ["after", moved.after]], moved.axis, moved.name);
    const spec = base("Shares of the levels of " + moved.name + " before and after");
    spec.data = { values: moved.levels.flatMap((level, k) => [{ level, when: "before", share: moved.before[k] }, { level, when: "after", share: moved.after[k] }]) };
    spec.mark = "bar";
    spec.encoding = {
      x: { field: "level", type: "nominal", sort: null, axis: { title: moved.name, labelAngle: 0 } }, xOffset: { field: "when", sort: null },
      y: { field: "share", type: "quantitative", axis: { title: "share", format: "%" } },
      color: { field: "when", type: "nominal", sort: null, title: null, scale: { domain: ["before", "after"], range: [colour("bar"), colour("set")] } },
      tooltip: [{ field: "level" }, { field: "when" }, { field: "share", format: ".1%" }],
    };
    return spec;
  }

  // A span of time in days, a date as the moment that it is, and a number as it is.
  function measured(value) {
    if (typeof value !== "string") return value;
    const span = /^(-?\d+) days(?: \+?(\d+):(\d+):([\d.]+))?$/.exec(value);
    if (span) return Number(span[1]) + Number(span[2] || 0) / 24 + Number(span[3] || 0) / 1440 + Number(span[4] || 0) / 86400;
    return Date.parse(value.length === 10 ? value + "T00:00:00" : value);
  }

  function effectChart(effects) {
    const spec = base("Outcome under each value of the treatment, with 90% intervals");
    const means = effects.rows.filter((row) => row.baseline === null);
    const values = means.map((row) => ({ ...row, mean: measured(row.mean), lower: measured(row.lower), upper: measured(row.upper), level: row.level === undefined ? "" : String(row.level) }));
    const inTime = typeof means[0].mean === "string", dated = inTime && !means[0].mean.includes("days");
    const curve = effects.number && values.length > 3, labelled = values.some((row) => row.level !== "");
    const type = curve ? "quantitative" : "ordinal";
    const x = { field: "value", type, sort: null, scale: curve ? { zero: false } : undefined, axis: { title: effects.treatment + " set to", labelAngle: 0 } };
    const named = effects.outcome + (inTime && !dated ? " (days)" : "");
    const y = { field: "lower", type: dated ? "temporal" : "quantitative", scale: dated ? undefined : { zero: false }, axis: { title: effects.event === null ? named : "chance of " + effects.outcome + " = " + effects.event } };
    const c = labelled ? { field: "level", type: "nominal", title: effects.outcome } : { value: colour("set") };
    const shown = dated ? { type: "temporal", format: "%Y-%m-%d %H:%M" } : { format: ".4~g" };
    const tooltip = [{ field: "value", title: effects.treatment }, { field: "mean", ...shown }, { field: "lower", title: "from", ...shown }, { field: "upper", title: "to", ...shown }];
    const offset = labelled && !curve ? { xOffset: { field: "level" } } : {};
    spec.height = 240;
    spec.data = { values };
    spec.encoding = { x, color: c, ...offset };
    spec.layer = curve
      ? [{ mark: { type: "area", opacity: 0.25 }, encoding: { y, y2: { field: "upper" } } }, { mark: { type: "line", point: true }, encoding: { y: { ...y, field: "mean" }, tooltip } }]
      : [{ mark: { type: "rule", strokeWidth: 2 }, encoding: { y, y2: { field: "upper" } } }, { mark: { type: "square", size: 70, opacity: 1 }, encoding: { y: { ...y, field: "mean" }, tooltip } }];
    return spec;
  }

  function drawChart(element) {
    element.replaceChildren();
    if (element.dataset.chart === "effects") return show(element, effectChart(data.effects));
    return show(element, movedChart(data.interventions[element.dataset.of].moved[element.dataset.at]));
  }
  const charts = [...document.querySelectorAll("main > section .chart")], drawn = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting && !drawn.has(entry.target)) { drawn.add(entry.target); drawChart(entry.target); }
  }, { rootMargin: "400px" });
  charts.forEach((element) => watcher.observe(element));

  // ---- the graph -----------------------------------------------------------------------------------------
  const order = graph.order;
  const probability = new Map(graph.pairs.map(([i, j, p]) => [i + ">" + j, p])), share = new Map(graph.stability.map(([i, j, p]) => [i + ">" + j, p]));
  const place = new Map(order.map((name, k) => [name, k]));
  const chance = (i, j) => probability.get(i + ">" + j) ?? 0;
  const sharing = graph.hidden.map(({ between, probability: p }) => ({ ends: between.map(String).map((name) => place.get(name)), p }));
  const isFound = new Map(graph.edges.map((edge) => [place.get(edge.cause) + ">" + place.get(edge.effect), edge]));

  // From the most probable edge down, leaving out those that would close a cycle.
  function acyclicAbove(least) {
    const after = order.map(() => new Set()), edges = [];
    const reaches = (from, to) => {
      const seen = new Set([from]), waiting = [from];
      while (waiting.length) {
        const node = waiting.pop();
        if (node === to) return true;
        for (const next of after[node]) if (!seen.has(next)) { seen.add(next); waiting.push(next); }
      }
      return false;
    };
    let closing = 0;
    const wanted = graph.pairs.filter(([, , p]) => p >= least - 1e-9).sort((a, b) => b[2] - a[2]);
    for (const [i, j] of wanted) {
      if (reaches(j, i)) closing += 1;
      else { after[i].add(j); edges.push([i, j]); }
    }
    return { edges, closing };
  }

  function element(i, j) {
    const found = isFound.get(i + ">" + j), p = probability.size ? chance(i, j) : null, back = probability.size ? chance(j, i) : null;
    const doubt = p === null ? "" : back > p ? "turned" : p < 0.5 ? "unlikely" : "";
    const bent = found && found.weights;
    return {
      group: "edges", classes: [doubt, bent ? "bent" : ""].filter(Boolean).join(" "),
      data: { id: i + ">" + j, source: "n" + i, target: "n" + j, p, back, wide: p === null ? 2 : 0.8 + 4 * p, ...(bent ? { weights: found.weights.join(" "), distances: found.distances.join(" ") } : {}) },
    };
  }

  const look = () => [
    { selector: "node", style: { shape: "round-rectangle", width: "data(wide)", height: 30, label: "data(label)", "text-valign": "center", "text-halign": "center", "font-size": 13, "font-family": "system-ui, sans-serif", color: colour("ink"), "background-color": colour("node"), "border-width": 1.2, "border-color": colour("muted"), "min-zoomed-font-size": 5 } },
    { selector: "edge", style: { width: "data(wide)", "line-color": colour("edge"), "target-arrow-color": colour("edge"), "target-arrow-shape": "triangle", "arrow-scale": 0.9, "curve-style": "bezier", opacity: 0.9 } },
    { selector: "edge.bent", style: { "curve-style": "round-segments", "segment-weights": "data(weights)", "segment-distances": "data(distances)", "segment-radii": 30 } },
    { selector: "edge.turned", style: { "line-style": "dashed", "line-color": colour("doubt"), "target-arrow-color": colour("doubt") } },
    { selector: "edge.unlikely", style: { "line-style": "dotted" } },
    { selector: "edge.shared", style: { "curve-style": "unbundled-bezier", "control-point-distances": 44, "control-point-weights": 0.5, width: 1.8, "line-color": colour("set"), "target-arrow-color": colour("set"), "source-arrow-color": colour("set"), "source-arrow-shape": "triangle" } },
    { selector: ".faded", style: { opacity: 0.14 } },
    { selector: "node.chosen", style: { "border-width": 3, "border-color": colour("set") } },
  ];
  const cy = cytoscape({
    container: byId("network"), style: look(), layout: { name: "preset" }, minZoom: 0.05, maxZoom: 4, userZoomingEnabled: false,
    elements: graph.nodes.map((node) => ({ group: "nodes", data: { id: "n" + place.get(node.name), name: node.name, label: node.name.length > 24 ? node.name.slice(0, 12) + "…" + node.name.slice(-11) : node.name, wide: node.width }, position: { x: node.x, y: node.y } })),
  });
  const fit = () => {
    cy.fit(undefined, 18);
    if (cy.zoom() > 1.25) { cy.zoom(1.25); cy.center(); }
  };

  const pairElement = ({ ends: [i, j], p }) => ({ group: "edges", classes: "shared", data: { id: i + "<>" + j, source: "n" + i, target: "n" + j, wide: 2, p } });
  function draw(edges, words, pairs) {
    cy.batch(() => { cy.edges().remove(); cy.add([...edges.map(([i, j]) => element(i, j)), ...pairs.map(pairElement)]); });
    byId("shown").textContent = words;
  }
  const counted = (n, thing) => n + " " + thing + (n === 1 ? "" : "s");
  function update() {
    const chosen = document.querySelector("input[name=which]:checked");
    if (!chosen || chosen.value === "graph") {
      const doubtful = graph.edges.filter((edge) => edge.doubt).length;
      draw([...isFound.keys()].map((key) => key.split(">").map(Number)), counted(graph.edges.length, "edge") + " (" + graph.caption + ")" + (doubtful ? ", " + doubtful + " of them doubtful" : "") + (sharing.length ? "; " + counted(sharing.length, "pair") + " with a hidden cause" : "") + ".", sharing);
      return;
    }
    const least = Number(byId("threshold").value), { edges, closing } = acyclicAbove(least);
    draw(edges, counted(edges.length, "edge") + " of probability " + least.toFixed(2) + " or more" + (closing ? "; " + counted(closing, "edge") + " left out, which would close a cycle" : "") + ".", []);
  }
  if (byId("threshold")) {
    byId("threshold").addEventListener("input", () => {
      const least = Number(byId("threshold").value);
      byId("least").textContent = least.toFixed(2);
      byId("threshold").setAttribute("aria-valuetext", least.toFixed(2));
      document.querySelector("input[name=which][value=above]").checked = true;
      update();
    });
    document.querySelectorAll("input[name=which]").forEach((radio) => radio.addEventListener("change", update));
  }
  update();
  fit();

  // Hover: what is known of an edge, and the surroundings of a node.
  const hint = byId("hint");
  function told(event, text) {
    const box = byId("network"), at = event.renderedPosition || { x: 0, y: 0 };
    hint.textContent = text;
    hint.hidden = false;
    hint.style.left = Math.max(4, Math.min(at.x + 14, box.clientWidth - hint.offsetWidth - 6)) + "px";
    hint.style.top = Math.max(4, Math.min(at.y + 14, box.clientHeight - hint.offsetHeight - 6)) + "px";
  }
  cy.on("mouseover tap", "edge", (event) => {
    const edge = event.target;
    if (edge.hasClass("shared")) {
      const ends = edge.id().split("<>").map((k) => order[k]), p = edge.data("p");
      told(event, ends.join(" ↔ ") + "\nA hidden cause of both" + (p === null ? "" : ", probability " + p.toFixed(2)) + ".");
      return;
    }
    const [i, j] = edge.id().split(">").map(Number);
    const lines = [order[i] + " → " + order[j]];
    if (probability.size) lines.push("probability " + chance(i, j).toFixed(2), "reverse " + chance(j, i).toFixed(2));
    if (graph.replicates) lines.push("in " + Math.round(100 * (share.get(i + ">" + j) ?? 0)) + "% of " + graph.replicates + " resamples, reversed in " + Math.round(100 * (share.get(j + ">" + i) ?? 0)) + "%");
    if (edge.hasClass("turned")) lines.push("The reverse is more probable.");
    if (edge.hasClass("unlikely")) lines.push("Less probable than not.");
    told(event, lines.join("\n"));
  });
  cy.on("mouseover", "node", (event) => {
    const node = event.target;
    cy.elements().not(node.closedNeighborhood()).addClass("faded");
    const arrows = node.connectedEdges().not(".shared"), into = arrows.filter((edge) => edge.target().id() === node.id()).length;
    told(event, node.data("name") + "\n" + counted(into, "cause") + ", " + counted(arrows.length - into, "effect"));
  });
  cy.on("mouseout", () => { hint.hidden = true; cy.elements().removeClass("faded"); });
  cy.on("tap", (event) => { if (event.target === cy) hint.hidden = true; });
  cy.on("tap", "node", (event) => choose(event.target.data("name"), false));

  // Scrolling the page does not zoom the graph until it is clicked.
  const network = byId("network");
  network.addEventListener("pointerdown", () => { cy.userZoomingEnabled(true); });
  network.addEventListener("pointerleave", () => { cy.userZoomingEnabled(false); hint.hidden = true; });
  const middle = () => ({ x: cy.width() / 2, y: cy.height() / 2 });
  const zoom = (factor) => cy.zoom({ level: cy.zoom() * factor, renderedPosition: middle() });
  byId("zoom-in").addEventListener("click", () => zoom(1.3));
  byId("zoom-out").addEventListener("click", () => zoom(1 / 1.3));
  byId("zoom-fit").addEventListener("click", fit);
  network.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
    if (moves[event.key]) cy.panBy({ x: moves[event.key][0], y: moves[event.key][1] });
    else if (event.key === "+" || event.key === "=") zoom(1.3);
    else if (event.key === "-") zoom(1 / 1.3);
    else if (event.key === "0") fit();
    else return;
    event.preventDefault();
  });

  // ---- one mechanism -------------------------------------------------------------------------------------
  let shownName = null;
  function choose(name, focus) {
    const panel = byId("panel"), known = data.mechanisms[name];
    cy.nodes().removeClass("chosen");
    panel.replaceChildren();
    panel.hidden = !name;
    shownName = name || null;
    if (!name) return;
    cy.getElementById("n" + place.get(name)).addClass("chosen");
    byId("variable").value = String(place.get(name));
    make("h3", "Mechanism of " + name, panel);
    for (const { ends, p } of sharing) {
      if (!ends.includes(place.get(name))) continue;
      const other = order[ends[0] === place.get(name) ? ends[1] : ends[0]];
      make("p", p === null ? "It shares a hidden cause with " + other + "." : "It may share a hidden cause with " + other + " (probability " + p.toFixed(2) + ").", panel);
    }
    if (!known && !graph.alone) {
      const causes = graph.edges.filter((edge) => edge.effect === name).map((edge) => edge.cause);
      make("p", (causes.length ? "Causes: " + causes.join(", ") + ". " : "It has no causes in the graph. ") + "What it is as a function of its causes alone is not shown: where hidden causes join variables, the rows do not tell.", panel);
      if (focus) panel.focus({ preventScroll: true });
      return;
    }
    if (!known) { make("p", "Left out, as there are many variables.", panel); return; }
    const mechanism = { ...known, name };
    if (!mechanism.causes.length) make("p", "It has no causes in the graph.", panel);
    else {
      const fit = mechanism.fit === null ? "" : " They explain " + Math.round(100 * mechanism.fit) + "% of its " + mechanism.measure + " (R²" + (mechanism.measure === "variance" ? "" : " of McFadden") + ", in the rows that were fitted).";
      make("p", "Causes: " + mechanism.causes.join(", ") + "." + fit, panel);
      if (mechanism.causes.length > 1) make("p", "Along one cause the others are held at " + Object.entries(mechanism.held).map(([key, value]) => key + " = " + value).join(", ") + ".", panel);
    }
    const grid = make("div", undefined, panel);
    grid.className = "charts";
    const add = (spec, caption) => {
      const figure = make("figure", undefined, grid), chart = make("div", undefined, figure);
      chart.className = "chart";
      make("figcaption", caption, figure);
      return show(chart, spec);
    };
    for (const one of mechanism.panels) add(mechanismChart(mechanism, one), (mechanism.labelled ? "probability of " : "") + name + " along " + one.cause + ": posterior mean, 90% band" + (one.points.length ? ", rows" : ""));
    if (mechanism.noise) add(densityChart("Density of the noise of " + name, [["noise", mechanism.noise.line]], mechanism.noise.axis, "noise"), "noise, standard deviation " + number(mechanism.spread));
    if (focus) { panel.focus({ preventScroll: true }); panel.scrollIntoView({ block: "nearest" }); }
  }
  byId("variable").addEventListener("change", (event) => choose(event.target.value === "" ? "" : order[Number(event.target.value)], false));

  // Another theme: all is drawn anew in its colours.
  dark.addEventListener("change", () => {
    cy.style(look());
    [...drawn].forEach(drawChart);
    if (shownName) choose(shownName, false);
  });
  window.addEventListener("resize", () => { cy.resize(); });
  window.causalReport = { cy, choose, acyclicAbove, drawAll: () => Promise.all(charts.map((element) => { drawn.add(element); return drawChart(element); })) };
})();

// The picture of the graph of calls, from the JSON twin of the page.
"use strict";

(() => {
  // The shape says the kind, so that kinds can be told apart without colours.
  const KINDS = {
    service: ["round-rectangle", "--series-8"],
    agent: ["ellipse", "--series-1"],
    chain: ["round-hexagon", "--series-7"],
    tool: ["diamond", "--series-3"],
    retriever: ["round-triangle", "--series-6"],
    embedding: ["pentagon", "--series-4"],
    task: ["rectangle", "--series-5"],
    model: ["octagon", "--series-2"],
    other: ["barrel", "--muted"],
  };

  // With more edges, only those of the selected node have a label.
  const LABELS = 14;

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // A text with control and direction characters made visible, of a length that fits.
  const visible = (text) => {
    const shown = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
    return shown.length > 28 ? shown.slice(0, 27) + "…" : shown;
  };

  const number = (value) => value.toLocaleString("en");

  const duration = (nanos) => {
    for (const [size, unit] of [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]]) {
      if (nanos >= size) return `${(nanos / size).toFixed(1)}${unit}`;
    }
    return `${nanos}ns`;
  };

  const cost = (usd) => "$" + usd.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 6 });

  const nameOf = (node) => {
    if (node.name !== null) return visible(node.name);
    return node.kind === "other" ? `other (${number(node.nodes)})` : `${node.kind} without a name`;
  };

  // What the picture says about the calls of an edge or a node.
  const facts = (calls) => {
    const facts = [["calls", number(calls.count)]];
    if (calls.errors > 0) facts.push(["errors", number(calls.errors)]);
    if (calls.mean_duration !== null) {
      facts.push(
        ["p50", duration(calls.p50_duration)], ["p95", duration(calls.p95_duration)],
        ["mean", duration(calls.mean_duration)], ["longest", duration(calls.max_duration)],
      );
    }
    if (calls.usage.calls > 0) facts.push(["tokens", number(calls.usage.input_tokens + calls.usage.output_tokens)]);
    if (calls.usage.cost_usd !== null) facts.push(["cost", cost(calls.usage.cost_usd)]);
    return facts;
  };

  const label = (calls) => {
    const parts = [number(calls.count) + (calls.count === 1 ? " call" : " calls")];
    if (calls.p50_duration !== null) parts.push(`p50 ${duration(calls.p50_duration)}, p95 ${duration(calls.p95_duration)}`);
    if (calls.usage.cost_usd) parts.push(cost(calls.usage.cost_usd));
    if (calls.errors > 0) parts.push(`⚠ ${number(calls.errors)} failed`);
    return parts.join(" · ");
  };

  const elements = (graph) => [
    ...graph.nodes.map((node, index) => ({
      data: { id: `n${index}`, label: nameOf(node), kind: node.kind, calls: node },
    })),
    ...graph.edges.map((edge, index) => ({
      data: {
        id: `e${index}`, source: `n${edge.from}`, target: `n${edge.to}`,
        label: label(edge), width: 1 + Math.log10(edge.count + 1) * 1.6, calls: edge,
      },
      classes: [edge.errors > 0 ? "failed" : "", graph.edges.length <= LABELS ? "labelled" : ""].join(" "),
    })),
  ];

  const style = () => [
    {
      selector: "node",
      style: {
        label: "data(label)", color: css("--text"), "font-size": 12, "text-valign": "bottom", "text-margin-y": 5,
        "background-color": css("--muted"), width: 26, height: 26, "text-background-color": css("--background"),
        "text-background-opacity": 0.8, "text-background-padding": 1,
      },
    },
    ...Object.entries(KINDS).map(([kind, [shape, colour]]) => ({
      selector: `node[kind = "${kind}"]`,
      style: { shape, "background-color": css(colour) },
    })),
    {
      selector: "edge",
      style: {
        width: "data(width)", "line-color": css("--muted"), "line-opacity": 0.45, "target-arrow-color": css("--muted"), "target-arrow-shape": "triangle",
        "arrow-scale": 0.9, "curve-style": "bezier", color: css("--muted"), "font-size": 10,
        "text-background-color": css("--background"), "text-background-opacity": 0.85, "text-background-padding": 2,
        "text-rotation": "autorotate", "min-zoomed-font-size": 7,
      },
    },
    { selector: "edge.labelled, edge.near", style: { label: "data(label)" } },
    { selector: "edge.failed", style: { "line-color": css("--error"), "target-arrow-color": css("--error"), "line-style": "dashed", "line-opacity": 1 } },
    { selector: ":selected", style: { "border-width": 3, "border-color": css("--accent"), "line-color": css("--accent"), "target-arrow-color": css("--accent") } },
    { selector: ".faded", style: { opacity: 0.2 } },
  ];

  // The column of each node: one more than that of its first caller.
  const columns = (graph) => {
    const column = graph.nodes.map((node) => (node.kind === "service" ? 0 : undefined));
    const queue = graph.nodes.flatMap((node, index) => (node.kind === "service" ? [index] : []));
    const visit = () => {
      for (let at = 0; at < queue.length; at++) {
        for (const edge of graph.edges) {
          if (edge.from !== queue[at] || column[edge.to] !== undefined) continue;
          column[edge.to] = column[queue[at]] + 1;
          queue.push(edge.to);
        }
      }
    };
    visit();
    graph.nodes.forEach((_, index) => {
      if (column[index] !== undefined) return;
      column[index] = 0;
      queue.splice(0, queue.length, index);
      visit();
    });
    // Models call nothing, so they stand together at the end.
    const last = Math.max(...column);
    graph.nodes.forEach((node, index) => { if (node.kind === "model") column[index] = Math.max(last, 1); });
    return column;
  };

  // Fills the frame: columns from left to right, or from top to bottom where the frame is narrow.
  const positions = (graph, frame) => {
    const isNarrow = frame.clientWidth < 560;
    const [long, wide] = isNarrow ? [frame.clientHeight, frame.clientWidth] : [frame.clientWidth, frame.clientHeight];
    const column = columns(graph);
    const rows = new Map();
    column.forEach((at, index) => rows.set(at, [...(rows.get(at) ?? []), index]));
    const step = Math.max(long / (Math.max(...column) + 1), 90);
    const place = new Map();
    for (const [at, nodes] of rows) {
      const space = Math.max((wide - 40) / nodes.length, isNarrow ? 54 : 46);
      nodes.forEach((index, row) => {
        // Every other node of a column stands aside, so that labels stay apart.
        const along = at * step + (row % 2) * Math.min(step * (isNarrow ? 0.4 : 0.22), 44);
        const across = (row - (nodes.length - 1) / 2) * space;
        place.set(`n${index}`, isNarrow ? { x: across, y: along } : { x: along, y: across });
      });
    }
    return (node) => place.get(node.id());
  };

  const showDetails = (element) => {
    const details = document.getElementById("graph-details");
    const title = document.createElement("h3");
    const list = document.createElement("dl");
    if (!element) {
      details.replaceChildren(Object.assign(document.createElement("p"), { className: "muted", textContent: "Select a node or an edge to see its calls." }));
      return;
    }
    title.textContent = element.isNode()
      ? `${element.data("kind")} ${element.data("label")}`
      : `${element.source().data("label")} → ${element.target().data("label")}`;
    for (const [name, value] of facts(element.data("calls"))) {
      const fact = document.createElement("div");
      fact.append(
        Object.assign(document.createElement("dt"), { textContent: name }),
        Object.assign(document.createElement("dd"), { textContent: value }),
      );
      list.append(fact);
    }
    details.replaceChildren(title, list);
  };

  let picture = null;

  const draw = (frame, graph) => {
    picture = cytoscape({
      container: frame,
      elements: elements(graph),
      style: style(),
      layout: { name: "preset", positions: positions(graph, frame), padding: 34 },
      maxZoom: 2.5,
      minZoom: 0.1,
      // The page scrolls with the wheel. Two fingers and the buttons of a mouse move the picture.
      userZoomingEnabled: false,
    });
    picture.fit(undefined, 34);
    picture.on("select", "node, edge", ({ target }) => {
      const near = target.isNode() ? target.closedNeighborhood() : target.union(target.connectedNodes());
      picture.elements().addClass("faded");
      near.removeClass("faded").addClass("near");
      showDetails(target);
    });
    picture.on("unselect", () => {
      picture.elements().removeClass("faded near");
      showDetails(null);
    });
  };

  const start = async () => {
    const frame = document.querySelector("[data-graph]:not([data-started])");
    if (!frame) return;
    frame.dataset.started = "";
    try {
      const answer = await fetch(frame.dataset.graph);
      if (!answer.ok) throw new Error(await answer.text());
      draw(frame, await answer.json());
    } catch (error) {
      frame.textContent = `The graph cannot be drawn: ${error.message}`;
    }
  };

  whenContent(start);
  // The history keeps the page without the drawing, whose styles the policy of the page forbids in
  // HTML, and draws again when the page comes back.
  document.addEventListener("htmx:beforeHistorySave", () => {
    for (const element of document.querySelectorAll("[data-graph]")) {
      delete element.dataset.started;
      element.replaceChildren();
    }
  });
  document.addEventListener("htmx:historyRestore", start);
  document.addEventListener("themechange", () => picture?.style(style()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => picture?.style(style()));
  addEventListener("resize", () => { picture?.resize(); picture?.fit(undefined, 34); });
})();

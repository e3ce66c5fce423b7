"use strict";
// Reads the data and draws targets with every click. Texts of models and suites become text nodes and
// attribute values; nothing is ever parsed as HTML.
const page = (async () => {
  const $ = (id) => document.getElementById(id);

  // --- the data: JSON, deflated and in base64 ---------------------------------------------------

  const bytesOf = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const unpacked = async (id) => {
    const stream = new Blob([bytesOf($(id).textContent)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  };
  const blocks = new Map();
  // A text is a string, or [number] of a text in one of the blocks, each of which is read once.
  const textOf = async (text) => {
    if (typeof text === "string") return text;
    const block = data.ends.findIndex((end) => text[0] < end);
    if (!blocks.has(block)) blocks.set(block, unpacked("texts-" + block));
    const whole = (await blocks.get(block))[text[0] - (block ? data.ends[block - 1] : 0)];
    const cut = data.cut[text[0]];
    return cut ? `${whole}\n… ${cut} more characters are in trials.jsonl` : whole;
  };
  const data = await unpacked("data");
  const SVG = "http://www.w3.org/2000/svg";

  // --- small pieces ---------------------------------------------------------------------------

  const hidden = /[^\P{C}\n\t]|[\u2028\u2029]/gu;
  const visible = (text) => text.replace(hidden, (char) => "\\u{" + char.codePointAt(0).toString(16) + "}");

  const fill = (node, attributes, children) => {
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    for (const child of children) if (child != null) node.append(child);
    return node;
  };
  const el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
  const svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
  const bdi = (text, name = "bdi", attributes = {}) => el(name, { dir: "auto", ...attributes }, visible(text));

  // Each picture becomes a blob once; all views of it share its URL.
  const pictureUrl = (number) => {
    const block = $("shot-" + number), shot = data.shots[number];
    if (!block) return null;
    if (!shot.url) shot.url = URL.createObjectURL(new Blob([bytesOf(block.textContent)], { type: "image/webp" }));
    return shot.url;
  };

  const trialsOf = data.targets.map(() => []);
  for (const trial of data.trials) trialsOf[trial.t].push(trial);
  for (const trials of trialsOf) trials.sort((a, b) => a.m - b.m || (a.variant || 0) - (b.variant || 0) || (a.repeat || 0) - (b.repeat || 0));
  const keyOf = (target) => target.suite + "/" + target.id;
  const byKey = new Map(data.targets.map((target, number) => [keyOf(target), number]));
  const searchTexts = data.targets.map((target) => [target.text, target.id, target.app, target.name].filter(Boolean).join(" ").toLowerCase());

  // Whether a model is right on a target, by its first scored as-is trial; null without one.
  const verdict = (number, model) => ({ 1: true, 0: false })[data.seen[model].right[number]] ?? null;
  // The outcomes of all a model's trials of a target, as bits.
  const outcomesOf = (number, model) => parseInt(data.seen[model].outcomes.substr(2 * number, 2), 16);

  // --- pictures -------------------------------------------------------------------------------

  const boundsOf = (target) => {
    const xs = [], ys = [];
    for (const [left, top, right, bottom] of target.boxes || []) { xs.push(left, right); ys.push(top, bottom); }
    for (const polygon of target.polygons || []) for (const [x, y] of polygon) { xs.push(x); ys.push(y); }
    return xs.length ? [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] : null;
  };

  // The part of the screenshot around the region, 16:10, as [x, y, width, height].
  const cropOf = (target) => {
    const [width, height] = data.shots[target.shot].size;
    const bounds = boundsOf(target);
    if (!bounds) return [0, 0, width, height];
    const [left, top, right, bottom] = bounds;
    const wide = Math.min(width, Math.max((right - left) * 2.2, (bottom - top) * 4, 120, width / 14));
    const tall = Math.min(height, wide / 1.6);
    const within = (middle, span, side) => Math.min(Math.max(middle - span / 2, 0), side - span);
    return [within((left + right) / 2, wide, width), within((top + bottom) / 2, tall, height), wide, tall];
  };

  const icon = (model, right) =>
    svg("svg", { viewBox: "-1.6 -1.6 3.2 3.2", class: "c" + model.color, "aria-hidden": "true" },
      svg("path", { d: model.path, class: right ? "m" : "m wrong" }));

  const markerAt = (trial, scale) => {
    const model = data.models[trial.m];
    const attributes = { transform: `translate(${trial.at[0]} ${trial.at[1]}) scale(${scale})`, class: "c" + model.color };
    return svg("g", attributes,
      svg("title", {}, `${visible(model.label)}: ${data.outcomes[trial.o]}`),
      svg("path", { d: model.path, class: "edge" }), svg("path", { d: model.path, class: "halo" }),
      svg("path", { d: model.path, class: trial.ok === 2 ? "m" : "m wrong" }));
  };

  const view = (number, box, pixels) => {
    const target = data.targets[number], shot = data.shots[target.shot];
    const [width, height] = shot.size, url = pictureUrl(target.shot), scale = box[2] / pixels;
    const parts = [];
    if (url) parts.push(svg("image", { href: url, x: 0, y: 0, width, height, preserveAspectRatio: "none" }));
    else {
      const size = 16 * scale;
      parts.push(svg("rect", { x: 0, y: 0, width, height, class: "nothing" }),
        svg("text", { x: box[0] + box[2] / 2, y: box[1] + size * 1.6, "font-size": size, "text-anchor": "middle", class: "nothing-text" }, "no picture"));
    }
    for (const name of ["region-under", "region"]) {
      for (const [left, top, right, bottom] of target.boxes || [])
        parts.push(svg("rect", { x: left, y: top, width: right - left, height: bottom - top, class: name }));
      for (const polygon of target.polygons || []) parts.push(svg("polygon", { points: polygon.join(" "), class: name }));
    }
    const points = trialsOf[number].filter((trial) => trial.at).sort((a, b) => (a.ok || 0) - (b.ok || 0));
    for (const trial of points) parts.push(markerAt(trial, scale * 5.5));
    return svg("svg", { class: "view", viewBox: box.join(" "), role: "img", "aria-label": "Screenshot with the region and every model's point" }, ...parts);
  };

  const wholeScreen = (target) => [0, 0, ...data.shots[target.shot].size];

  return { data, $, el, bdi, visible, textOf, trialsOf, keyOf, byKey,
    searchTexts, verdict, outcomesOf, boundsOf, cropOf, icon, view, wholeScreen };
})();

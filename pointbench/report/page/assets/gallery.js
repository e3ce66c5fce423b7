"use strict";
// The gallery: the list of targets, its filters, the dialog for one target, and the URL's hash.
(async () => {
  if (!window.DecompressionStream) {
    document.getElementById("count").textContent = "The gallery needs a browser of 2023 or later; everything above does not.";
    return;
  }
  const { data, $, el, bdi, visible, textOf, trialsOf, keyOf, byKey,
    searchTexts, verdict, outcomesOf, boundsOf, cropOf, icon, view, wholeScreen } = await page;
  const BATCH = 48;

  // --- the list -------------------------------------------------------------------------------

  // Numbers of the targets that pass the filters, how many of them have cards, the open target.
  const state = { matches: [], cardCount: 0, open: -1 };
  const cards = $("cards");
  const FIELDS = ["text", "model", "outcome", "kind", "app", "suite", "who", "view", "a", "b", "pair"];
  const value = (name) => $("f-" + name).value;
  // Targets that no model hits, and those that good models miss and worse ones hit.
  const suspects = new Map(data.suspects);
  const who = { none: new Set(data.none), suspects: new Set(suspects.keys()) };

  const makeCard = (number) => {
    const target = data.targets[number];
    const box = value("view") === "whole" ? wholeScreen(target) : cropOf(target);
    const verdicts = el("span", { class: "verdicts" });
    data.models.forEach((model, modelNumber) => {
      const right = verdict(number, modelNumber);
      if (right !== null) verdicts.append(icon(model, right));
    });
    const meta = [target.absent ? "absent" : null, target.kind, target.app, target.id].filter(Boolean).join(" · ");
    const button = el("button", { type: "button", class: "card", "data-n": number },
      view(number, box, 280),
      el("span", { class: "words" }, bdi(target.text.slice(0, 400), "span", { class: "says" }), bdi(meta, "span", { class: "meta" }), verdicts));
    button.addEventListener("click", () => openDetail(number));
    return button;
  };

  const showMore = (upTo = state.cardCount + BATCH) => {
    const last = Math.min(upTo, state.matches.length);
    const fragment = document.createDocumentFragment();
    for (; state.cardCount < last; state.cardCount++) fragment.append(makeCard(state.matches[state.cardCount]));
    cards.append(fragment);
  };

  // Observed anew after each batch: an observer reports only changes.
  const observer = new IntersectionObserver((changes) => {
    if (!changes.some((change) => change.isIntersecting) || state.cardCount >= state.matches.length) return;
    showMore();
    watch();
  }, { rootMargin: "1200px" });
  const watch = () => { observer.unobserve($("more")); observer.observe($("more")); };

  const fits = (number, query) => {
    const target = data.targets[number];
    if (query.text && !query.text.every((word) => searchTexts[number].includes(word))) return false;
    if (query.kind && (target.kind || "none") !== query.kind) return false;
    if (query.app && (target.app || "none") !== query.app) return false;
    if (query.suite && target.suite !== query.suite) return false;
    if (query.who && !who[query.who].has(number)) return false;
    if (query.model !== "" || query.outcome !== "") {
      const asked = query.model === "" ? data.models.map((_, model) => model) : [+query.model];
      const wanted = query.outcome === "" ? 255 : 1 << +query.outcome;
      if (!asked.some((model) => outcomesOf(number, model) & wanted)) return false;
    }
    if (!query.pair) return true;
    const a = verdict(number, +query.a), b = verdict(number, +query.b);
    if (a === null || b === null) return false;
    return { a: a && !b, b: b && !a, both: a && b, none: !a && !b }[query.pair];
  };

  const filter = () => {
    const query = Object.fromEntries(FIELDS.map((name) => [name, value(name)]));
    query.text = query.text.toLowerCase().split(/\s+/).filter(Boolean);
    state.matches = data.targets.map((_, number) => number).filter((number) => fits(number, query));
    state.cardCount = 0;
    cards.replaceChildren();
    showMore();
    watch();
    $("count").textContent = `${state.matches.length} of ${data.targets.length} targets`;
  };

  const options = (select, list, first) => {
    if (first !== undefined) select.append(el("option", { value: "" }, first));
    for (const [key, text] of list) select.append(el("option", { value: key }, visible(text).slice(0, 80)));
  };
  const distinct = (name) => [...new Set(data.targets.map((target) => target[name] || "none"))].sort().map((text) => [text, text]);

  // --- one target -----------------------------------------------------------------------------

  const dialog = $("detail");

  const rendered = (template, trial, target) => {
    const [width, height] = trial.size || data.shots[target.shot].size;
    const parts = { instruction: trial.instruction || target.text, width, height };
    return template.replace(/\{(instruction|width|height)\}/g, (_, name) => parts[name]);
  };

  const trialFacts = (trial, target) => {
    const model = data.models[trial.m], list = el("dl", { class: "facts" });
    const fact = (name, node) => { if (node) list.append(el("dt", {}, name), el("dd", {}, node)); };
    const text = (string) => (string ? bdi(String(string)) : null);
    const block = (string) => el("pre", { tabindex: "0" }, visible(string));
    const long = (stored) => {
      const node = block("…");
      textOf(stored).then((string) => { node.textContent = visible(string); });
      return node;
    };
    const isCut = (stored) => typeof stored !== "string" && stored[0] in data.cut;
    if (trial.error) fact("error", long(trial.error));
    const reply = trial.reply || "(empty)";
    if (trial.given) fact("given", text(trial.at ? "a point as stored, no reply" : "no point, no reply"));
    else if (trial.reply || !trial.error) fact(isCut(reply) ? "reply, its beginning" : "reply, whole", long(reply));
    if (trial.thought) fact("reasoning, never read", el("details", {}, el("summary", {}, "show"), long(trial.thought)));
    if (!trial.given) fact("read as", text(trial.format ? `${trial.format}: ${trial.raw || "nothing"}${trial.count > 1 ? ` (of ${trial.count} points)` : ""}` : "no point found"));
    fact("frame", text(trial.frame));
    const size = trial.size && `${trial.size.join(" × ")} px ${trial.sent || ""}`;
    if (model.elsewhere) fact("picture, taken to be", text(size || "not known"));
    else fact("picture sent", text(size || "none"));
    if (trial.at) fact("point in the screenshot", text(trial.at.join(", ")));
    if (trial.shift) fact("shown shifted", text(`× ${trial.shift[0]}, ${trial.shift[1]}, ${trial.shift[2]} px`));
    fact("finish reason", text(trial.finish));
    fact("served by", text(trial.served));
    fact("tokens", text(trial.tokens));
    fact("cost", text(trial.cost));
    fact("time", text(trial.took));
    fact("attempts", text(trial.tries));
    fact("profile", text(model.profile));
    if (model.system) fact("system prompt", block(model.system));
    if (model.prompt) fact("prompt", block(rendered(model.prompt, trial, target)));
    return list;
  };

  const trialRow = (trial, target) => {
    const model = data.models[trial.m];
    const details = [data.variants[trial.variant || 0], trial.repeat ? `repeat ${trial.repeat + 1}` : null, trial.session ? `session ${trial.session[0] + 1}, click ${trial.session[1] + 1}` : null];
    if (!trial.variant) details.shift();
    const summary = [data.outcomes[trial.o] + (trial.off ? `, ${trial.off} off` : ""), ...details.filter(Boolean), trial.took].filter(Boolean).join(" · ");
    const row = el("details", { class: "trial" }, el("summary", {}, icon(model, trial.ok === 2), bdi(model.label, "span", { class: "label" }),
      ...model.tags.map((tag) => el("span", { class: "tag" }, tag)), el("span", { class: "outcome" }, summary)));
    // Filled when first opened: replies may be long and many.
    row.addEventListener("toggle", () => { if (row.open && row.children.length === 1) row.append(trialFacts(trial, target)); });
    return row;
  };

  const openDetail = (number) => {
    const target = data.targets[number];
    const size = data.shots[target.shot].size, bounds = boundsOf(target);
    state.open = number;
    $("d-title").replaceChildren(bdi(target.text));
    const area = bounds ? `region ${+(bounds[2] - bounds[0]).toFixed(1)} × ${+(bounds[3] - bounds[1]).toFixed(1)} px` : "absent: nothing on this screen is meant";
    $("d-about").replaceChildren(bdi([keyOf(target), target.kind, target.role, target.app, area, `${data.shots[target.shot].name}, ${size.join(" × ")}`].filter(Boolean).join(" · ")));
    if (!dialog.open) dialog.showModal();
    const wide = Math.max(260, $("d-views").clientWidth * (window.innerWidth >= 960 ? 0.68 : 1));
    const views = [view(number, wholeScreen(target), wide)];
    if (bounds) views.push(view(number, cropOf(target), window.innerWidth >= 960 ? wide / 2.35 : wide));
    $("d-views").replaceChildren(...views);
    const trials = trialsOf[number].map((trial) => trialRow(trial, target));
    const left = data.left[number];
    if (left) trials.push(el("p", { class: "note" }, `${left} more ${left > 1 ? "trials" : "trial"} of this target in trials.jsonl`));
    if (suspects.has(number)) trials.unshift(el("p", { class: "note" }, visible(suspects.get(number))));
    $("d-trials").replaceChildren(...(trials.length ? trials : [el("p", { class: "note" }, "No trial of this target.")]));
    dialog.scrollTop = 0;
    $("d-title").focus();
    remember();
  };

  const cardOf = (number) => {
    const place = state.matches.indexOf(number);
    if (place < 0) return null;
    if (place >= state.cardCount) showMore(place + BATCH);
    return cards.children[place];
  };

  const step = (by) => {
    const focused = document.activeElement && document.activeElement.closest(".card");
    const from = dialog.open ? state.open : focused ? +focused.dataset.n : null;
    const place = from === null ? (by > 0 ? 0 : -1) : state.matches.indexOf(from) + by;
    const next = state.matches[place];
    if (next === undefined) return;
    if (dialog.open) openDetail(next);
    else { const card = cardOf(next); card.focus({ preventScroll: true }); card.scrollIntoView({ block: "nearest" }); }
  };

  // --- the URL's hash: filters and the open target --------------------------------------------

  const remember = () => {
    const query = new URLSearchParams();
    for (const name of FIELDS) {
      if ("ab".includes(name) && !value("pair")) continue;
      const select = $("f-" + name);
      const first = select.options ? select.options[0] && select.options[0].value : "";
      if (select.value && select.value !== first) query.set(name, select.value);
    }
    if (dialog.open && state.open >= 0) query.set("target", keyOf(data.targets[state.open]));
    const hash = query.toString();
    if (("#" + hash) !== location.hash && (hash || location.hash)) history.replaceState(null, "", hash ? "#" + hash : "#");
  };

  const recall = () => {
    const query = new URLSearchParams(location.hash.slice(1));
    for (const name of FIELDS) if (query.has(name)) $("f-" + name).value = query.get(name);
    filter();
    const number = byKey.get(query.get("target"));
    if (number !== undefined) openDetail(number);
    // A link to a part of the gallery leads there.
    else if (FIELDS.some((name) => query.has(name))) $("gallery").scrollIntoView();
  };

  // --- start ----------------------------------------------------------------------------------

  const labels = data.models.map((model, number) => [number, model.label]);
  options($("f-model"), labels, "any");
  options($("f-outcome"), data.outcomes.map((name, number) => [number, name]), "any");
  for (const name of ["kind", "app", "suite"]) {
    const list = distinct(name);
    options($("f-" + name), list, "all");
    if (list.length < 2) $("f-" + name).closest("label").hidden = true;
  }
  const whose = [["none", "no model"], ["suspects", "worse models only"]];
  options($("f-who"), whose.filter(([name]) => who[name].size), "any");
  if (!data.none.length && !data.suspects.length) $("f-who").closest("label").hidden = true;
  options($("f-a"), labels);
  options($("f-b"), labels);
  if (labels.length > 1) $("f-b").value = "1";
  else document.querySelector(".versus").hidden = true;

  let timer = 0;
  $("filters").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { filter(); remember(); }, 80);
  });
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").hidden = false;
  $("d-close").addEventListener("click", () => dialog.close());
  $("d-prev").addEventListener("click", () => step(-1));
  $("d-next").addEventListener("click", () => step(1));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    remember();
    const card = cardOf(state.open);
    if (card) card.focus();
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // Escape would empty the search field.
    if (event.key === "Escape" && typing && !dialog.open) { event.preventDefault(); event.target.blur(); }
    if (typing) return;
    if (event.key === "/" && !dialog.open) { event.preventDefault(); $("f-text").focus(); }
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
  });
  window.addEventListener("hashchange", () => { if (location.hash.includes("=")) recall(); });
  recall();
})();

// Measures the elements of a page inside one of its frames. The value of this file is an object
// of functions; every length is in CSS pixels of the frame in which they run.
({
  // CSS pixels: a neighbor may overlap an edge by a pixel or two.
  INSET: 2,
  PRIVATE: /[\ue000-\uf8ff]|[\udb80-\udbff][\udc00-\udfff]/g,
  GLYPH_FONT: /icon|symbol|awesome|glyph|codicon|feather/i,

  // At most so many elements without a role are looked at.
  MOST_HANDS: 400,

  // The names of `elements`, by which the other side checks that it means the same ones.
  names(document) {
    return this.elements(document).map((element) => element.nodeName);
  },

  // Every element of the frame in the order of the debugging protocol: the elements of an open shadow
  // root, those inside, the element itself.
  elements(document) {
    const found = [];
    const left = [document];
    while (left.length) {
      const node = left.pop();
      if (node.nodeType === 1) found.push(node);
      if (node.shadowRoot) left.push(node.shadowRoot);
      for (const child of node.children) left.push(child);
    }
    return found.reverse();
  },

  // Measures the known nodes, and those without a role over which the pointer is a hand. A known node
  // is given as itself or as its number in `elements`; `known` is its place among the arguments.
  measure(document, ...given) {
    this.still(document);
    const numbered = given.some((node) => typeof node === "number") ? this.elements(document) : [];
    const known = given.map((node) => typeof node === "number" ? numbered[node] : node);
    let hands = 0;
    const all = known.concat(this.hand_elements(new Set(known)));
    return all.map((node, number) => {
      const element = node && (node.nodeType === 1 ? node : node.parentElement);
      const info = element && element.isConnected ? this.node_info(element) : null;
      if (info && number >= known.length && info.points.length && ++hands > this.MOST_HANDS) return null;
      return info && { known: number < known.length ? number : null, ...info };
    });
  },

  // Stops motion as the screenshot does: finite animations are finished, endless ones canceled.
  still(root) {
    for (const motion of root.getAnimations()) {
      const endless = motion.effect && motion.effect.getComputedTiming().endTime === Infinity;
      if (endless || !motion.playbackRate) motion.cancel();
      else motion.finish();
    }
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) this.still(element.shadowRoot);
    }
  },

  node_info(element) {
    const target = this.stand_in(element);
    const view = target.ownerDocument.defaultView;
    const style = view.getComputedStyle(target);
    const rects = this.lines(target, style);
    const whole = this.union(rects) || this.rect(target.getBoundingClientRect());
    const seen = {
      left: Math.max(0, whole.left), top: Math.max(0, whole.top),
      right: Math.min(view.innerWidth, whole.right), bottom: Math.min(view.innerHeight, whole.bottom),
    };
    const points = rects.flatMap((rect) => this.points(rect, style, view));
    const painted = target.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    // What cannot be seen is only counted; most of a long page is below the view.
    if (!painted || !points.length) {
      return {
        tag: "", type: "", rects: [], whole, seen, painted, points: [], disabled: false,
        text: "", text_box: null, picture: null, hint: "", title: "",
      };
    }
    const words = this.words(target);
    const pictures = this.pictures(target);
    return {
      tag: element.tagName.toLowerCase(),
      type: element.type ? String(element.type) : "",
      rects, whole, seen, painted,
      points: points.map(([x, y]) => [x, y, this.on_top(target, element, x, y)]),
      disabled: element.matches(":disabled, [aria-disabled=true], [aria-disabled=true] *"),
      text: words.text.slice(0, 200),
      text_box: words.box,
      picture: pictures,
      hint: this.hint(element),
      title: (element.getAttribute("title") || "").slice(0, 200),
    };
  },

  // The id or class of an element, or the file of its picture, for elements without a name.
  hint(element) {
    const picture = element.querySelector("svg[class], i[class], img[src]");
    const source = picture && picture.getAttribute("src");
    const hint = element.id || element.getAttribute("data-testid") || element.getAttribute("name") ||
      (source && !source.startsWith("data:") ? source.split("/").pop() : "") ||
      (picture && picture.getAttribute("class")) || element.getAttribute("class") || "";
    return hint.slice(0, 60);
  },

  // The label of a hidden input, which is clicked in its place; any other element itself.
  stand_in(element) {
    if (element.tagName !== "INPUT") return element;
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const hidden = parseFloat(style.opacity) < 0.05 || box.width < 4 || box.height < 4 ||
      (style.clip !== "auto" && style.position === "absolute") || style.clipPath.startsWith("inset(50%") ||
      style.visibility === "hidden" || style.display === "none";
    const label = hidden && element.labels && element.labels[0];
    return label || element;
  },

  rect(box) {
    return { left: box.left, top: box.top, right: box.right, bottom: box.bottom };
  },

  union(rects) {
    if (!rects.length) return null;
    return {
      left: Math.min(...rects.map((r) => r.left)), top: Math.min(...rects.map((r) => r.top)),
      right: Math.max(...rects.map((r) => r.right)), bottom: Math.max(...rects.map((r) => r.bottom)),
    };
  },

  // One rectangle, or one per line where flowing text is broken over several.
  lines(element, style) {
    const all = [element.getBoundingClientRect()].map(this.rect);
    if (style.display !== "inline") return all;
    const parts = [...element.getClientRects()].filter((r) => r.width > 1 && r.height > 1).map(this.rect);
    // An inline element around something taller is clickable over all of it.
    const inner = [...element.children].map((child) => this.rect(child.getBoundingClientRect()))
      .filter((r) => r.right - r.left > 1 && r.bottom - r.top > 1);
    if (parts.length < 2) {
      const grown = this.union(parts.concat(inner));
      return grown ? [grown] : all;
    }
    return inner.length ? all : parts;
  },

  // 5 x 5 points of a rectangle, without those that rounded corners cut off.
  points(rect, style, view) {
    const left = Math.max(0, rect.left), right = Math.min(view.innerWidth, rect.right);
    const top = Math.max(0, rect.top), bottom = Math.min(view.innerHeight, rect.bottom);
    if (right <= left || bottom <= top) return [];
    const width = rect.right - rect.left, height = rect.bottom - rect.top;
    const side = (value, length) => Math.min(
      (value.endsWith("%") ? parseFloat(value) / 100 * length : parseFloat(value)) || 0, length / 2);
    const along = (from, to) => {
      const inset = Math.min(this.INSET, (to - from) / 8);
      return [from + inset, ...[0.25, 0.5, 0.75].map((share) => from + share * (to - from)), to - inset];
    };
    const inside = [];
    for (const x of along(left, right)) for (const y of along(top, bottom)) {
      const corner = style[`border${y < rect.top + height / 2 ? "Top" : "Bottom"}` +
        `${x < rect.left + width / 2 ? "Left" : "Right"}Radius`].split(" ");
      const a = side(corner[0], width), b = side(corner[1] || corner[0], height);
      const dx = a - Math.min(x - rect.left, rect.right - x);
      const dy = b - Math.min(y - rect.top, rect.bottom - y);
      if (a && b && dx > 0 && dy > 0 && (dx / a) ** 2 + (dy / b) ** 2 > 1) continue;
      inside.push([x, y]);
    }
    return inside;
  },

  deepest(root, x, y) {
    let hit = root.elementFromPoint(x, y);
    while (hit && hit.shadowRoot) {
      const inner = hit.shadowRoot.elementFromPoint(x, y);
      if (!inner || inner === hit) break;
      hit = inner;
    }
    return hit;
  },

  // Whether a click at a point reaches the element itself, something in it, or its label.
  on_top(target, element, x, y) {
    let hit = this.deepest(target.ownerDocument, x, y);
    const label = hit && hit.closest && hit.closest("label");
    if (label && label.control === element) return true;
    for (; hit; hit = hit.assignedSlot || hit.parentNode || hit.host) {
      if (hit === target || hit === element) return true;
    }
    return false;
  },

  // Elements over which the pointer is a hand, and that neither contain nor lie in known ones.
  hand_elements(known) {
    const elements = [];
    const inside = new Set();
    for (const element of known) {
      for (let up = element; up; up = up.assignedSlot || up.parentNode || up.host) inside.add(up);
    }
    const walk = (root, hand) => {
      for (const child of root.children || []) {
        if (known.has(child)) continue;
        const own = getComputedStyle(child).cursor === "pointer";
        if (own && !hand && !inside.has(child) && child.tagName !== "LABEL") {
          elements.push(child);
          continue;
        }
        walk(child, own);
        if (child.shadowRoot) walk(child.shadowRoot, own);
      }
    };
    walk(document.documentElement, false);
    return elements;
  },

  // Calls `visit` for every node in an element, inside shadow roots and slots too.
  within(root, visit) {
    const queue = [root];
    while (queue.length) {
      const node = queue.shift();
      visit(node);
      if (node.shadowRoot) queue.push(...node.shadowRoot.childNodes);
      else if (node.tagName === "SLOT") queue.push(...node.assignedNodes());
      queue.push(...node.childNodes);
    }
  },

  // The visible words in an element, without glyphs of icon fonts, and the box around them.
  words(root) {
    const frame = root.getBoundingClientRect();
    const texts = [], boxes = [];
    this.within(root, (node) => {
      if (node.nodeType !== 3 || !node.data.trim()) return;
      const parent = node.parentElement;
      if (!parent || ["STYLE", "SCRIPT", "NOSCRIPT", "TITLE", "DESC"].includes(parent.tagName.toUpperCase())) return;
      if (this.GLYPH_FONT.test(getComputedStyle(parent).fontFamily.split(",")[0])) return;
      const text = node.data.replace(this.PRIVATE, "").replace(/\s+/g, " ").trim();
      const box = this.text_box(node);
      if (!text || !box || !this.seen_text(parent, root, box, frame)) return;
      texts.push(text);
      boxes.push(box);
    });
    if (["INPUT", "BUTTON"].includes(root.tagName) && ["submit", "button", "reset"].includes(root.type) && root.value && root.tagName === "INPUT") {
      return { text: root.value, box: this.rect(frame) };
    }
    return { text: texts.join(" "), box: this.union(boxes) };
  },

  text_box(node) {
    const range = node.ownerDocument.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    return box.width > 1 && box.height > 1 ? this.rect(box) : null;
  },

  seen_text(parent, root, box, frame) {
    if (!parent.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    if (x < frame.left || x > frame.right || y < frame.top || y > frame.bottom) return false;
    for (let up = parent; up && up !== root; up = up.parentElement) {
      const small = up.getBoundingClientRect();
      if (small.width <= 2 || small.height <= 2) return false;
    }
    return true;
  },

  // The largest picture in an element: an image, a drawing, a background or a glyph.
  pictures(root) {
    const frame = root.getBoundingClientRect();
    let best = null;
    const offer = (box, own) => {
      const area = (box.right - box.left) * (box.bottom - box.top);
      const inside = box.left >= frame.left - 2 && box.right <= frame.right + 2 &&
        box.top >= frame.top - 2 && box.bottom <= frame.bottom + 2;
      if (!inside || box.right - box.left < 5 || box.bottom - box.top < 5) return;
      if (!best || area > best.area) best = { ...this.rect(box), area, own };
    };
    this.within(root, (node) => {
      if (node.nodeType === 3) {
        const parent = node.parentElement;
        if (!parent || !node.data.trim()) return;
        const glyph = this.GLYPH_FONT.test(getComputedStyle(parent).fontFamily.split(",")[0]) ||
          !node.data.replace(this.PRIVATE, "").trim();
        const box = glyph && this.text_box(node);
        if (box) offer(box, true);
        return;
      }
      if (node.nodeType !== 1 || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
      const tag = node.tagName.toLowerCase();
      if (["svg", "img", "canvas", "picture"].includes(tag)) return offer(node.getBoundingClientRect(), true);
      const style = getComputedStyle(node);
      const image = (painted) => /url\(/.test(painted.backgroundImage) ||
        /url\(/.test(painted.maskImage || painted.webkitMaskImage || "");
      const has_picture = image(style) || ["::before", "::after"].some((part) => {
        const pseudo = getComputedStyle(node, part);
        const { content, display, fontFamily } = pseudo;
        return content !== "none" && content !== "normal" && display !== "none" &&
          (image(pseudo) || (content.length > 2 && this.GLYPH_FONT.test(fontFamily.split(",")[0])) ||
            content.search(this.PRIVATE) >= 0);
      });
      if (has_picture) offer(node.getBoundingClientRect(), node !== root);
    });
    return best;
  },

  // The origin of the frame that an element holds, and how much larger the frame is drawn.
  owner(element) {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const across = element.offsetWidth ? box.width / element.offsetWidth : 1;
    const down = element.offsetHeight ? box.height / element.offsetHeight : 1;
    return {
      left: box.left + (element.clientLeft + (parseFloat(style.paddingLeft) || 0)) * across,
      top: box.top + (element.clientTop + (parseFloat(style.paddingTop) || 0)) * down,
      across, down,
    };
  },

  // Whether each of the points [x, y] shows the frame's own element, and nothing over it.
  owned(element, points) {
    const view = element.ownerDocument.defaultView;
    return points.map(([x, y]) => x >= 0 && y >= 0 && x < view.innerWidth && y < view.innerHeight &&
      this.on_top(element, element, x, y));
  },
})

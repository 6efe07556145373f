// Run in the page: measures every text and answers what is wrong with it.
() => {
  const wrong = [];
  const LEAST = 4.5;
  // Half a pixel of anti-aliasing is no overlap.
  const SLACK = 0.5;

  const short = (node) => JSON.stringify(node.textContent.trim().slice(0, 50));
  const colour = (text) => {
    const parts = (text.match(/[\d.]+/g) || []).map(Number);
    return { r: parts[0], g: parts[1], b: parts[2], a: parts.length > 3 ? parts[3] : 1 };
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((part) => {
      const s = part / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const inside = (a, b, slack) =>
    a.left >= b.left - slack && a.right <= b.right + slack && a.top >= b.top - slack && a.bottom <= b.bottom + slack;
  const meets = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > SLACK &&
    Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > SLACK;

  // A text's box without the room for accents and descenders that most letters leave empty.
  const tight = (node) => {
    const box = node.getBoundingClientRect();
    const turned = node.hasAttribute("transform");
    const trim = (turned ? box.width : box.height) * 0.12;
    return turned
      ? { left: box.left + trim, right: box.right - trim, top: box.top, bottom: box.bottom }
      : { left: box.left, right: box.right, top: box.top + trim, bottom: box.bottom - trim };
  };

  let least = 21;
  let texts = 0;
  const judge = (what, ink, ground) => {
    texts += 1;
    const ratio = contrast(ink, ground);
    least = Math.min(least, ratio);
    if (ratio < LEAST) wrong.push(`contrast ${ratio.toFixed(2)} of ${what}`);
  };

  const svg = document.querySelector("svg.hcctl");
  if (!svg) return { wrong: ["there is no picture"], texts, least };
  const frame = svg.getBoundingClientRect();
  const words = [...svg.querySelectorAll("text")].map((node) => ({ node, box: tight(node) }));
  const rects = [...svg.querySelectorAll("rect")].map((node) => ({
    node,
    box: node.getBoundingClientRect(),
    fill: getComputedStyle(node).fill,
  }));
  const lines = [...svg.querySelectorAll("path.line")].map((node) => {
    const to = node.getScreenCTM();
    const steps = Math.ceil(node.getTotalLength() / 3);
    const points = Array.from({ length: steps + 1 }, (_, step) =>
      node.getPointAtLength((step * node.getTotalLength()) / Math.max(steps, 1)).matrixTransform(to));
    return { node, points };
  });
  words.forEach(({ node, box }, place) => {
    if (!inside(box, frame, 0)) wrong.push(`${short(node)} leaves the picture`);
    const group = node.parentNode;
    const own = group.querySelector(":scope > rect.box, :scope > rect.badge, :scope > rect.pill");
    if (own && !inside(box, own.getBoundingClientRect(), 0)) wrong.push(`${short(node)} leaves its box`);
    for (const other of words.slice(place + 1)) {
      if (meets(box, other.box)) wrong.push(`${short(node)} and ${short(other.node)} stand on one another`);
    }
    // What was drawn last below the text is what is behind it.
    const behind = rects.filter((rect) => rect.fill !== "none" && inside(box, rect.box, SLACK) &&
      rect.node.compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING);
    const ground = behind.at(-1);
    if (!ground) wrong.push(`${short(node)} has nothing behind it`);
    else judge(short(node), colour(getComputedStyle(node).fill), colour(ground.fill));
    // A line may pass below a box, but not through words.
    for (const line of lines) {
      const below = ground && line.node.compareDocumentPosition(ground.node) & Node.DOCUMENT_POSITION_FOLLOWING;
      const through = ({ x, y }) => x > box.left && x < box.right && y > box.top && y < box.bottom;
      if (!below && line.points.some(through)) wrong.push(`a line goes through ${short(node)}`);
    }
    // Nor may a box be drawn over it.
    for (const rect of rects) {
      const after = node.compareDocumentPosition(rect.node) & Node.DOCUMENT_POSITION_FOLLOWING;
      if (after && rect.fill !== "none" && meets(box, rect.box)) wrong.push(`${short(node)} is covered by a box`);
    }
  });
  // Boxes may contain one another, but not cross.
  const boxes = rects.filter(({ node }) => node.matches(".box") && !node.closest(".legend"));
  boxes.forEach(({ node, box }, place) => {
    if (!inside(box, frame, 0)) wrong.push(`a box leaves the picture: ${short(node.parentNode)}`);
    for (const other of boxes.slice(place + 1)) {
      if (meets(box, other.box)) wrong.push(`boxes cross: ${short(node.parentNode)}, ${short(other.node.parentNode)}`);
    }
  });

  if (document.contentType === "text/html") {
    const wide = document.documentElement.scrollWidth;
    if (wide > innerWidth) wrong.push(`the page is ${wide} wide on a screen of ${innerWidth}`);
    if (document.querySelector("script")) wrong.push("there is a script");
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const seen = [];
    while (walker.nextNode()) {
      const text = walker.currentNode;
      const node = text.parentElement;
      if (!text.data.trim() || node.closest("svg")) continue;
      const style = getComputedStyle(node);
      const range = document.createRange();
      range.selectNodeContents(text);
      for (const rect of range.getClientRects()) {
        if (rect.width === 0) continue;
        const trim = rect.height * 0.2;
        const box = { left: rect.left, right: rect.right, top: rect.top + trim, bottom: rect.bottom - trim };
        seen.push({ node, box });
        const scroll = node.closest("pre, .scroll");
        if (!scroll && (box.right > innerWidth + SLACK || box.left < -SLACK)) wrong.push(`${short(node)} leaves the screen`);
      }
      // A figure is read as one, or read wrongly.
      for (const figure of text.data.matchAll(/(?<![\w.-])[-+$]*\d[\d.,]*(?![\w-])/g)) {
        range.setStart(text, figure.index);
        range.setEnd(text, figure.index + figure[0].length);
        const tops = new Set([...range.getClientRects()].map((rect) => Math.round(rect.top)));
        if (tops.size > 1) wrong.push(`${figure[0]} is broken in two in ${short(node)}`);
      }
      let ground = node;
      while (ground && colour(getComputedStyle(ground).backgroundColor).a === 0) ground = ground.parentElement;
      const ink = colour(style.color);
      judge(short(node), ink, ground ? colour(getComputedStyle(ground).backgroundColor) : { r: 255, g: 255, b: 255 });
    }
    // By rows, so that a long page does not take long.
    const rows = new Map();
    seen.forEach((one, place) => {
      for (let row = Math.floor(one.box.top / 40); row <= Math.floor(one.box.bottom / 40); row += 1) {
        for (const other of rows.get(row) || []) {
          if (meets(one.box, seen[other].box)) wrong.push(`${short(one.node)} and ${short(seen[other].node)} stand on one another`);
        }
        if (!rows.has(row)) rows.set(row, []);
        rows.get(row).push(place);
      }
    });
  }
  return { wrong: [...new Set(wrong)], texts, least };
}

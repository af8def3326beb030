// What the tests ask each page. Every function answers with sentences about what is wrong.
const look = (() => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true });
  const all = (selector) => [...document.querySelectorAll(selector)].filter(shown);
  const controls = () => all('a[href], button:enabled, input:enabled:not([type=hidden]), select, textarea, summary, [tabindex="0"]').filter((e) => e.tabIndex >= 0);
  const mark = (e) => e.outerHTML.replace(/\s+/g, ' ').slice(0, 100);
  const one = (value, sentence) => (value ? [sentence] : []);

  // What stands on the page, whatever its size and colours.
  const order = (language) => {
    const headings = all('h1, h2, h3, h4, h5, h6').filter((e) => !e.closest('[inert]')).map((e) => [Number(e.tagName[1]), e]);
    const ones = headings.filter(([level]) => level === 1).length;
    return [
      ...one(document.documentElement.lang !== language, `the page says that it is in “${document.documentElement.lang}”`),
      ...one(!document.title.trim(), 'the page has no title'),
      ...one(ones !== 1, `there are ${ones} headings of the first level`),
      ...headings.filter(([level], i) => level > (headings[i - 1]?.[0] ?? 0) + 1).map(([, e]) => `a level is left out before the heading ${mark(e)}`),
      ...all('img:not([alt])').map((e) => `no text says what is in ${mark(e)}`),
      ...all('svg').filter((e) => !e.closest('[aria-hidden=true]') && !e.closest('[role=img]:is([aria-label], [aria-labelledby])'))
        .map((e) => `a picture is neither named nor hidden: ${mark(e)}`),
      ...all('input:not([type=hidden]), select, textarea').filter((e) => !e.labels.length && !e.ariaLabel && !e.getAttribute('aria-labelledby'))
        .map((e) => `a field has no label: ${mark(e)}`),
    ];
  };

  // Nothing moves for those who asked for that.
  const stillness = () => [
    ...document.getAnimations().filter((a) => a.playState === 'running' && a.effect.getComputedTiming().activeDuration > 1)
      .map((a) => `the animation ${a.animationName ?? a.transitionProperty} runs on ${mark(a.effect.target)}`),
    ...one(getComputedStyle(document.documentElement).scrollBehavior === 'smooth', 'the page scrolls by itself'),
  ];

  // The focus can be seen on everything that can have it: by a ring on the thing or on what holds it.
  const rings = (e) => [e, e.nextElementSibling, e.parentElement, e.closest('label')].filter(Boolean).map((x) => {
    const style = getComputedStyle(x);
    return (style.outlineStyle === 'none' ? '' : style.outline) + style.boxShadow;
  }).join();
  const focus = () => {
    const bad = controls().filter((e) => {
      document.activeElement.blur();
      const before = rings(e);
      e.focus({ preventScroll: true });
      return document.activeElement === e && rings(e) === before;
    });
    document.activeElement.blur();
    return bad.map((e) => `the focus cannot be seen on ${mark(e)}`);
  };

  // A thumb hits what is not a word of a text. A label and what is laid over the whole of a card count.
  const targets = () => controls().filter((e) => {
    if (e.tagName === 'A' && getComputedStyle(e).display === 'inline') return false;
    const { width, height } = (e.closest('label') ?? e).getBoundingClientRect();
    return width > 1 && height < 43.5 && getComputedStyle(e, '::after').position !== 'absolute';
  }).map((e) => `a thumb cannot hit ${mark(e)}: ${Math.round(e.getBoundingClientRect().height)} pixels high`);

  // The page is as wide as the window.
  const width = () => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const wide = all('body *').filter((e) => e.getBoundingClientRect().right > clientWidth + 1).pop();
    return [`the page is ${scrollWidth} pixels wide on ${clientWidth}: ${wide ? mark(wide) : 'nothing sticks out'}`];
  };

  // No text is cut off where it has grown. What is shown in so many lines on purpose stands whole elsewhere.
  const sticksOut = (e) => {
    const box = e.getBoundingClientRect();
    const walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    while (walk.nextNode()) {
      const text = walk.currentNode;
      if (!text.data.trim() || text.parentElement.closest('svg, [aria-hidden=true]') || !shown(text.parentElement)) continue;
      range.selectNodeContents(text);
      const rect = range.getBoundingClientRect();
      if (rect.width > 1 && (rect.right > box.right + 2 || rect.bottom > box.bottom + 2 || rect.left < box.left - 2)) return true;
    }
    return false;
  };
  const cuts = () => all('main *, header *, footer *').filter((e) => {
    const { overflowX, overflowY, webkitLineClamp } = getComputedStyle(e);
    return webkitLineClamp === 'none' && /hidden|clip/.test(overflowX + overflowY) && e.clientWidth > 1 && e.clientHeight > 1 && sticksOut(e);
  }).map((e) => `text is cut off in ${mark(e)}`);

  const grow = (size) => { document.documentElement.style.fontSize = size; };

  // The page's ground is as light or as dark as was asked for.
  const ground = (scheme) => {
    const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
    const light = (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
    return one(scheme === 'dark' ? light > 0.2 : light < 0.8, `the ground is ${light.toFixed(2)} light where “${scheme}” was asked for`);
  };

  const axe = async (rules) => {
    const options = { resultTypes: ['violations'], ...(rules ? { runOnly: rules } : { rules: { 'target-size': { enabled: true } } }) };
    const { violations, passes } = await window.axe.run(options);
    return [
      ...violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary.replace(/\s+/g, ' ')}`)),
      ...one(!passes.length && !rules, 'axe looked at nothing'),
    ];
  };

  return { order, stillness, focus, targets, width, cuts, grow, ground, axe };
})();

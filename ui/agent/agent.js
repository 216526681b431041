// Runs in the message frame, alone: tells the app about size, links and keys, and turns colours for the dark theme.
// The app treats every field that comes from here as hostile; the frame has no other way out.
(() => {
  'use strict';
  // On Windows initialization scripts run in subframes too; no message may find the app's door.
  for (const name of ['__TAURI_INTERNALS__', '__TAURI__', '__TAURI_INVOKE__', '__TAURI_EVENT_PLUGIN_INTERNALS__', '__TAURI_POST_MESSAGE__']) {
    try { delete window[name]; } catch { /* not configurable: overwritten below */ }
    try { if (name in window) window[name] = undefined; } catch { /* read only */ }
  }

  const root = document.documentElement;
  const app = window.parent;
  const send = (type, fields) => app.postMessage({ postroom: 1, type, ...fields }, '*');
  let scale = 1;
  let sent = '';

  // Size: a mail that is wider than the pane is made smaller until it fits, but not beyond reading.
  function measure() {
    const body = document.body;
    if (!body || root.clientWidth === 0) return;
    body.style.zoom = String(scale);
    const room = root.clientWidth;
    const width = Math.max(body.scrollWidth, root.scrollWidth);
    const fit = width > room + 1 && room > 0 ? Math.max(0.4, room / width) : 1;
    if (fit < 1) body.style.zoom = String(scale * fit);
    const wide = Math.max(body.scrollWidth, root.scrollWidth) > room + 1;
    root.style.overflowX = wide ? 'auto' : 'hidden';
    const height = Math.ceil(body.getBoundingClientRect().height);
    const now = `${height} ${width}`;
    if (now !== sent) {
      sent = now;
      send('height', { height, width });
    }
  }

  let waiting = false;
  function soon() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; measure(); });
  }

  // Colours: each element that sets its own is given the same hue at another lightness. Pictures stay.
  const turned = [];
  function parse(colour) {
    const found = /^rgba?\((\d+),\s*(\d+),\s*(\d+)(?:,\s*([\d.]+))?\)$/.exec(colour);
    if (!found) return null;
    const [r, g, b] = [found[1], found[2], found[3]].map((part) => Number(part) / 255);
    const [high, low] = [Math.max(r, g, b), Math.min(r, g, b)];
    const [light, span] = [(high + low) / 2, high - low];
    let hue = 0;
    if (span) hue = high === r ? ((g - b) / span + 6) % 6 : high === g ? (b - r) / span + 2 : (r - g) / span + 4;
    return { hue: hue * 60, full: span ? span / (1 - Math.abs(2 * light - 1)) : 0, light, alpha: found[4] === undefined ? 1 : Number(found[4]) };
  }
  const write = (c, light, full) => `hsl(${c.hue} ${Math.round(full * 100)}% ${Math.round(light * 100)}% / ${c.alpha})`;
  // A pale ground is hardly coloured, however full its hue: what counts is how far its channels lie apart.
  const ground = (c) => {
    if (c.light <= 0.5) return null;
    const light = 0.12 + (1 - c.light) * 0.5;
    const span = c.full * (1 - Math.abs(2 * c.light - 1));
    return write(c, light, Math.min(c.full * 0.6, span / (1 - Math.abs(2 * light - 1))));
  };
  const ink = (c) => (c.light < 0.6 ? write(c, 0.92 - c.light * 0.4, c.full * 0.8) : null);

  function restore() {
    for (const [element, style] of turned.splice(0)) {
      if (style === null) element.removeAttribute('style');
      else element.setAttribute('style', style);
    }
  }

  function turn() {
    const mail = document.querySelector('.mail');
    if (!mail) return;
    const changes = [];
    for (const element of [mail, ...mail.querySelectorAll('*')].slice(0, 8000)) {
      if (element.tagName === 'IMG' || element.tagName === 'BR') continue;
      const style = getComputedStyle(element);
      const above = element === mail ? null : getComputedStyle(element.parentElement);
      const own = {};
      const back = parse(style.backgroundColor);
      if (back && back.alpha > 0) own['background-color'] = ground(back);
      if (above && style.color !== above.color) {
        const text = parse(style.color);
        if (text) own.color = ink(text);
      }
      for (const side of ['top', 'right', 'bottom', 'left']) {
        const line = style[`border-${side}-style`] !== 'none' && parse(style[`border-${side}-color`]);
        if (line && line.light > 0.5) own[`border-${side}-color`] = write(line, 0.25, line.full * 0.5);
      }
      if (Object.values(own).some(Boolean)) changes.push([element, own]);
    }
    for (const [element, own] of changes) {
      turned.push([element, element.getAttribute('style')]);
      for (const [name, value] of Object.entries(own)) if (value) element.style.setProperty(name, value, 'important');
    }
  }

  function theme(name, original) {
    restore();
    root.toggleAttribute('data-original', original && name === 'dark');
    // The mail's colours are read as its writer saw them.
    root.dataset.theme = 'light';
    if (name === 'dark') {
      if (!original && 'colours' in root.dataset) turn();
      root.dataset.theme = 'dark';
    }
    soon();
  }

  addEventListener('message', (event) => {
    const message = event.data;
    if (event.source !== app || !message || message.postroom !== 1) return;
    if (message.type === 'theme') theme(message.theme === 'dark' ? 'dark' : 'light', message.original === true);
    if (message.type === 'zoom' && message.scale >= 0.25 && message.scale <= 5) {
      scale = message.scale;
      soon();
    }
  });

  const link = (event) => (event.target instanceof Element ? event.target.closest('a[href]') : null);
  for (const type of ['click', 'auxclick']) {
    addEventListener(type, (event) => {
      const found = link(event);
      if (!found) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (event.button > 1) return;
      const href = found.getAttribute('href');
      if (href.startsWith('#')) {
        const place = document.getElementById(href.slice(1));
        if (place) send('scroll', { top: place.getBoundingClientRect().top });
      } else {
        send('link', { href, text: found.textContent.slice(0, 500) });
      }
    }, true);
  }
  addEventListener('dragstart', (event) => { if (link(event)) event.preventDefault(); }, true);
  addEventListener('mouseover', (event) => send('hover', { href: link(event)?.getAttribute('href') ?? '' }), true);
  addEventListener('mouseout', (event) => { if (link(event)) send('hover', { href: '' }); }, true);
  addEventListener('keydown', (event) => {
    // Copying and selecting belong to the frame.
    if ((event.ctrlKey || event.metaKey) && !event.altKey && ['a', 'c'].includes(event.key.toLowerCase())) return;
    // What is folded opens by these.
    if ((event.key === 'Enter' || event.key === ' ') && event.target instanceof Element && event.target.closest('summary')) return;
    send('key', { key: event.key, code: event.code, ctrl: event.ctrlKey, meta: event.metaKey, shift: event.shiftKey, alt: event.altKey });
  }, true);
  addEventListener('contextmenu', (event) => {
    event.preventDefault();
    const found = link(event);
    send('contextmenu', { x: event.clientX, y: event.clientY, href: found?.getAttribute('href') ?? '' });
  }, true);

  addEventListener('DOMContentLoaded', () => {
    theme(root.dataset.theme, false);
    new ResizeObserver(soon).observe(document.body);
    measure();
  });
  addEventListener('load', soon, true);
  addEventListener('resize', soon);
})();

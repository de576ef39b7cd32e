"""What a page owes to whoever hears it or has no mouse, asked of a page in a browser.

With `AXE` in the environment, the path of an `axe.min.js`, axe-core is asked as well:
nothing may be found, however minor.
"""

from __future__ import annotations

import os
from pathlib import Path

from tools.shots.browser import Browser

# Each names what breaks it; a page that owes nothing gives an empty list.
_RULES = """
const found = [];
const shown = e => e.checkVisibility();
const brief = e => e.outerHTML.slice(0, 90);
const nameOf = e => e.getAttribute('aria-label') || e.innerText || e.alt
  || [...(e.labels ?? [])].map(l => l.innerText).join(' ');
for (const e of document.querySelectorAll(
    'button, a, textarea, input, select, img, summary, svg[role=img], nav, section[aria-label]'))
  if (shown(e) && !nameOf(e)?.trim()) found.push('has no name: ' + brief(e));
const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i)))
  found.push('stands twice: ' + id);
for (const e of document.querySelectorAll('[aria-describedby], [aria-labelledby]'))
  for (const name of ['aria-describedby', 'aria-labelledby'])
    for (const id of (e.getAttribute(name) ?? '').split(' ').filter(Boolean))
      if (!document.getElementById(id)) found.push('points nowhere: ' + brief(e));
if (document.querySelectorAll('main').length !== 1) found.push('has no one main part');
const regions = [...document.querySelectorAll('nav, aside, section[aria-label]')]
  .filter(e => shown(e) && e.getAttribute('role') !== 'none');
const called = regions.map(e => e.tagName + ' ' + (e.getAttribute('aria-label')
  || document.getElementById(e.getAttribute('aria-labelledby'))?.innerText.trim() || ''));
for (const name of new Set(called.filter((name, i) => called.indexOf(name) !== i)))
  found.push('is a landmark twice: ' + name);
for (const e of document.querySelectorAll('th'))
  if (shown(e) && !e.innerText.trim()) found.push('heads nothing: ' + brief(e.closest('tr')));
if (!document.documentElement.lang) found.push('has no language');
if (!document.title) found.push('has no title');
const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].filter(shown);
if (levels[0]?.tagName !== 'H1') found.push('begins with no first heading');
levels.forEach((e, i) => { if (i && e.tagName[1] - levels[i - 1].tagName[1] > 1)
  found.push('leaves out a level: ' + brief(e)) });
for (const e of document.querySelectorAll('body *')) {
  const how = getComputedStyle(e).overflowX;
  const scrolls = ['auto', 'scroll'].includes(how)
    && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
  if (scrolls && shown(e) && e.tabIndex < 0
      && !e.querySelector('a[href], button, textarea, input, select, [tabindex="0"]'))
    found.push('scrolls for a mouse alone: ' + brief(e)) }
for (const e of document.querySelectorAll('[aria-hidden=true] :is(a, button, textarea)'))
  found.push('is hidden and has the focus: ' + brief(e));
return found
"""
# The ratio of contrast, as WCAG 2 defines it, of every text against what is behind it.
LOW_CONTRAST = """
const light = c => { const [r, g, b] = c.map(v => { v /= 255;
  return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
  return .2126 * r + .7152 * g + .0722 * b };
const parts = c => c.match(/[\\d.]+/g).map(Number);
const behind = e => { for (; e; e = e.parentElement) {
  const c = parts(getComputedStyle(e).backgroundColor);
  if (c.length < 4 || c[3] > 0) return c.slice(0, 3) } return [255, 255, 255] };
const low = new Set();
for (const e of document.querySelectorAll('body *')) {
  if (![...e.childNodes].some(n => n.nodeType == 3 && n.data.trim())) continue;
  const a = light(parts(getComputedStyle(e).color).slice(0, 3)), b = light(behind(e));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < 4.5) low.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2)) }
return [...low]
"""
_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'] }).then(seen => done(seen.violations
  .map(rule => [rule.id, ...rule.nodes.map(node => node.html.slice(0, 90))])))
"""


def breaches(browser: Browser) -> list[object]:
    """What shuts somebody out of the page that is open; [] is what should come."""
    found = browser.run(_RULES)
    assert isinstance(found, list)
    if path := os.environ.get("AXE"):
        browser.run(Path(path).read_text(encoding="utf-8"))
        found += browser._post("/execute/async", script=_AXE, args=[])
    return found

// Completion of names in an editor: those of the libraries that the page imports, from
// a prepared index, and those of the page itself. It doesn't run any code.

const MOST_OFFERED = 8;
const NAME = "[\\p{L}_][\\p{L}\\p{N}_]*";
const BEFORE_CARET = new RegExp(`(?:((?:${NAME}\\.)*${NAME})\\.)?(${NAME})?$`, "u");
const OPENED = new RegExp(`(?<![\\p{L}\\p{N}_.]|def +)(${NAME})\\([^()\\n]*$`, "u");
const IMPORTS = [
  new RegExp(`^\\s*import ((?:${NAME}\\.)*${NAME})(?: as (${NAME}))?`, "gmu"),
  new RegExp(`^\\s*from ((?:${NAME}\\.)*${NAME}) import (.+)`, "gmu"),
];
let index = null; // fetched with the first completion

async function namesIndex() {
  index ??= fetch("/static/names.json").then((answer) => answer.json())
    .catch(() => ({ modules: {}, objects: {}, builtins: [] }));
  return index;
}

// Return the module for each name in the page: np is numpy.
export function importedModules(text) {
  const found = new Map();
  for (const [, module, alias] of text.matchAll(IMPORTS[0])) {
    found.set(alias ?? module.split(".")[0], alias ? module : module.split(".")[0]);
  }
  for (const [, module, names] of text.matchAll(IMPORTS[1])) {
    for (const part of names.replace(/[()]/g, "").split(",")) {
      const [name, alias] = part.trim().split(/\s+as\s+/);
      if (name) found.set(alias ?? name, `${module}.${name}`);
    }
  }
  return found;
}

// Return what a name may be, "array" or "model": from its last assignment, or its own
// letters. On a page without Keras there are no models.
export function kindsOf(name, page) {
  const assignment = new RegExp(`^[ \\t]*${name}[ \\t]*=[ \\t]*(.+)`, "gmu");
  const value = [...page.matchAll(assignment)].at(-1)?.[1] ?? "";
  if (/^(keras\.)?(models\.)?(Sequential|Model)\(/.test(value)) return ["model"];
  if (/^np\.(?!random\.default_rng)/.test(value)) return ["array"];
  if (/model|network/i.test(name)) return ["model"];
  return /^\s*(import|from) (keras|tensorflow)\b/mu.test(page) ? ["array", "model"] : ["array"];
}

// Return the parameters of a function that the page defines, on one line, or null.
export function parametersOf(name, page) {
  const definition = new RegExp(`^[ \\t]*def ${name}\\(`, "gmu");
  const found = [...page.matchAll(definition)].at(-1);
  if (!found) return null;
  const begin = found.index + found[0].length;
  let end = begin;
  for (let open = 1; end < page.length; end += 1) {
    open += { "(": 1, ")": -1 }[page[end]] ?? 0;
    if (!open) break;
  }
  return page.slice(begin, end).replace(/\s+/g, " ").replace(/^ |,? $/g, "");
}

// Return the innermost call that isn't closed yet before the caret, if the page defines
// its function: such as "mean(values, axis=0)"; otherwise "".
export function openedCall(page, before) {
  const [, name] = before.match(OPENED) ?? [];
  const parameters = name ? parametersOf(name, page) : null;
  return parameters === null ? "" : `${name}(${parameters})`;
}

// Return the possible completions, best first. `page` is the text of all cells.
export function completionsOf(names, page, before) {
  const [, owner, begun = ""] = before.match(BEFORE_CARET);
  const imported = importedModules(page);
  let offered;
  if (owner) {
    const [head, ...rest] = owner.split(".");
    const module = [imported.get(head) ?? head, ...rest].join(".");
    offered = names.modules[module] ?? (imported.has(head) ? []
      : [...new Set(kindsOf(owner, page).flatMap((kind) => names.objects[kind]))]);
  } else {
    const own = [...page.matchAll(new RegExp(NAME, "gu"))].map((match) => match[0]);
    offered = [...new Set([...own, ...imported.keys(), ...names.builtins])];
  }
  const small = begun.toLowerCase();
  return offered
    .filter((name) => name !== begun && name.toLowerCase().startsWith(small))
    .sort((a, b) => (b.startsWith(begun) - a.startsWith(begun)) || a.length - b.length
      || (a < b ? -1 : 1))
    .slice(0, MOST_OFFERED)
    .map((name) => ({ name, begun }));
}

// The list below the caret of one editor.
export class Completion {
  constructor(editor, readPage) {
    this.editor = editor;
    this.area = editor.area;
    this.readPage = readPage;
    this.offered = [];
    this.chosen = -1; // nothing, so that Enter breaks the line as usual
    this.list = document.createElement("ul");
    this.list.className = "completions";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Completions");
    this.list.id = `completions-${Math.random().toString(36).slice(2)}`;
    this.list.hidden = true;
    // Not beside the text area, where anything larger than the area would be cut off.
    this.frame = this.area.closest(".editor");
    this.frame.append(this.list);
    this.area.setAttribute("aria-controls", this.list.id);
    this.area.addEventListener("keydown", (event) => this.press(event), true);
    this.area.addEventListener("input", (event) => this.type(event));
    this.area.addEventListener("blur", () => this.close());
    this.area.addEventListener("click", () => this.close());
    this.list.addEventListener("mousedown", (event) => {
      event.preventDefault(); // keeps the focus in the editor
      const item = event.target.closest("li:not(.call)");
      if (item) this.accept([...this.list.children].indexOf(item));
    });
  }

  get before() { return this.editor.text.slice(0, this.area.selectionStart); }

  type(event) {
    const isTyped = event.inputType === "insertText" && event.isTrusted !== false;
    if (isTyped && /[\p{L}\p{N}_]\.[\p{L}\p{N}_]*$|[\p{L}_][\p{L}\p{N}_]{2,}$/u.test(this.before)
      && !this.isInText()) this.open();
    else this.remind();
  }

  // In a comment or a string, don't offer anything without a request.
  isInText() {
    const line = this.before.slice(this.before.lastIndexOf("\n") + 1);
    const quotes = line.replace(/\\./g, "").match(/["']/g) ?? [];
    return line.includes("#") || quotes.length % 2 === 1;
  }

  async open() {
    const { before } = this;
    const names = await namesIndex();
    // In the meantime, the learner may have typed on or moved away.
    if (document.activeElement !== this.area || this.before !== before) return;
    this.offered = completionsOf(names, this.readPage(), this.before);
    this.chosen = -1;
    if (this.offered.length === 0) {
      this.remind();
      return;
    }
    this.list.hidden = false;
    this.list.replaceChildren(...this.offered.map(({ name }, i) => {
      const item = document.createElement("li");
      item.setAttribute("role", "option");
      item.id = `${this.list.id}-${i}`;
      item.textContent = name;
      return item;
    }));
    this.show();
    this.place();
  }

  // Show the parameters of the function whose call the caret is in.
  remind() {
    this.close();
    const call = this.isInText() ? "" : openedCall(this.readPage(), this.before);
    if (!call) return;
    const words = document.createElement("li");
    words.className = "call";
    words.setAttribute("role", "option");
    words.ariaDisabled = "true";
    words.textContent = call;
    this.list.replaceChildren(words);
    this.list.hidden = false;
    const name = call.slice(0, call.indexOf("(") + 1);
    this.place(this.before.length - this.before.lastIndexOf(name));
  }

  // Place it below the beginning of the name; the font is monospaced.
  place(letters = this.offered[0].begun.length) {
    const lines = this.before.split("\n");
    const style = getComputedStyle(this.area);
    const ruler = document.createElement("canvas").getContext("2d");
    ruler.font = style.font;
    const wide = ruler.measureText("0".repeat(100)).width / 100;
    const column = lines.at(-1).length - letters;
    const high = parseFloat(style.lineHeight);
    const [outer, inner] = [this.frame, this.area].map((one) => one.getBoundingClientRect());
    const left = inner.left - outer.left + parseFloat(style.paddingLeft) + column * wide;
    const most = Math.max(0, outer.width - this.list.offsetWidth);
    this.list.style.left = `${Math.min(left, most)}px`;
    this.list.style.top =
      `${inner.top - outer.top + parseFloat(style.paddingTop) + lines.length * high}px`;
  }

  show() {
    [...this.list.children].forEach((item, i) => {
      item.setAttribute("aria-selected", i === this.chosen);
    });
    if (this.chosen < 0) this.area.removeAttribute("aria-activedescendant");
    else this.area.setAttribute("aria-activedescendant", `${this.list.id}-${this.chosen}`);
  }

  press(event) {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      this.open();
      return;
    }
    if (this.list.hidden) return;
    const { key } = event;
    if (!this.offered.length) { // it shows a call, which isn't chosen
      if (/^(Escape|\)|Arrow.*)$/.test(key)) this.close();
      return;
    }
    const move = { ArrowDown: 1, ArrowUp: -1 }[key];
    const isTaken = key === "Tab" || (key === "Enter" && this.chosen >= 0);
    if (move) {
      this.chosen = (this.chosen + move + this.offered.length) % this.offered.length;
      this.show();
    } else if (isTaken && !event.shiftKey && !event.ctrlKey && !event.altKey) {
      this.accept(Math.max(0, this.chosen));
    } else if (key === "Escape") {
      this.close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  accept(i) {
    const { name, begun } = this.offered[i];
    const at = this.area.selectionStart;
    this.close();
    this.editor.replace(at - begun.length, at, name);
  }

  close() {
    this.list.hidden = true;
    this.offered = [];
    this.chosen = -1;
    this.area.removeAttribute("aria-activedescendant");
  }
}

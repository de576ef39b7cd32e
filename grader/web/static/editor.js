// An editor for Python: a text area, with its text in colours behind it and the file's
// line numbers beside it. For a keyboard, a phone and a screen reader it remains an
// ordinary text area.

const KEYWORDS = new Set(("and as assert async await break case class continue def del " +
  "elif else except finally for from global if import in is lambda match nonlocal not " +
  "or pass raise return try while with yield").split(" "));
const VALUES = new Set(["True", "False", "None", "self"]);
const TOKEN = new RegExp([
  "(?<comment>#.*)",
  "(?<string>[rbfuRBFU]{0,2}(?:\"\"\"[^]*?(?:\"\"\"|$)|'''[^]*?(?:'''|$)" +
    "|\"(?:\\\\.|[^\"\\\\\\n])*\"?|'(?:\\\\.|[^'\\\\\\n])*'?))",
  "(?<number>\\b\\d[\\d_]*(?:\\.\\d*)?(?:e[+-]?\\d+)?\\b)",
  "(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)",
].join("|"), "gu");
const INDENT = "    ";
const PAUSE_MS = 1000; // that ends a group of letters
const MOST_UNDONE = 300;
const MARKS = { "✓": "marked right", "✗": "marked", "≈": "marked guessed" };
const CLOSING = { "(": ")", "[": "]", "{": "}", "\"": "\"", "'": "'" };

function kindOf(match, before) {
  const { comment, string, number, name } = match.groups;
  if (comment) return "c1";
  if (string) return "s1";
  if (number) return "mi";
  if (KEYWORDS.has(name)) return "k";
  if (VALUES.has(name)) return "kc";
  return before === "def" || before === "class" ? "nf" : "";
}

// Fill an element with a text in colours; nothing in the text can become markup.
export function paint(element, text) {
  element.textContent = "";
  let end = 0, before = "";
  for (const match of text.matchAll(TOKEN)) {
    element.append(text.slice(end, match.index));
    const kind = kindOf(match, before);
    if (kind) {
      const span = document.createElement("span");
      span.className = kind;
      span.textContent = match[0];
      element.append(span);
    } else {
      element.append(match[0]);
    }
    end = match.index + match[0].length;
    before = match[0];
  }
  // Without this, an empty last line would have no height here, but one in the area.
  element.append(text.slice(end) + "\n");
}

// The texts before each change, for undo. The browser's own undo goes letter by letter here,
// because the coloured text is drawn after each of them.
export class History {
  constructor(text) {
    this.forget(text);
  }

  forget(text) {
    Object.assign(this, { text, past: [], future: [], kind: "", at: 0, caret: -1 });
  }

  // Note a change. Letters that are typed one after the other, up to the next word or a
  // pause, are undone together, and so are those that are deleted one after the other.
  add(text, caret, { inputType: kind = "", data }) {
    if (text === this.text) return;
    const now = Date.now();
    const isDeleted = kind.startsWith("delete");
    const isOne = Math.abs(text.length - this.text.length) === 1;
    const isHere = caret === this.caret || caret === this.caret + (isDeleted ? -1 : 1);
    const isWord = !isDeleted && /(^|\s)\S$/.test(text.slice(0, caret));
    const goesOn = kind && kind === this.kind && isOne && isHere && !isWord
      && now - this.at < PAUSE_MS;
    if (!goesOn) this.past = [...this.past.slice(-MOST_UNDONE), this.text];
    const isLetter = isOne || data?.length === 1; // it may replace a selection
    Object.assign(this, { text, caret, kind: isLetter ? kind : "", at: now, future: [] });
  }

  // Return the text before the last change, or after the last that was undone, or null.
  step(isBack) {
    const [from, to] = isBack ? [this.past, this.future] : [this.future, this.past];
    if (!from.length) return null;
    to.push(this.text);
    Object.assign(this, { text: from.pop(), kind: "" });
    return this.text;
  }
}

export class Editor {
  constructor(element, firstLine) {
    this.area = element.querySelector("textarea");
    this.shown = element.querySelector("pre");
    this.gutter = element.querySelector("ol");
    this.firstLine = firstLine;
    this.marks = {}; // by the index of a line: a sign
    this.leaves = false;
    this.history = new History(this.text);
    this.area.addEventListener("keydown", (event) => this.press(event));
    this.area.addEventListener("beforeinput", (event) => {
      const isBack = { historyUndo: true, historyRedo: false }[event.inputType];
      if (isBack === undefined) return; // from a menu, or by a gesture
      event.preventDefault();
      this.undo(isBack);
    });
    this.area.addEventListener("input", (event) => {
      this.history.add(this.text, this.area.selectionEnd, event);
      this.draw();
    });
    this.area.addEventListener("blur", () => { this.leaves = false; });
    this.draw();
  }

  get text() { return this.area.value; }

  // Replace the text, and keep the position of the caret.
  set text(text) {
    if (text === this.area.value) return;
    const { selectionStart: start, selectionEnd: end } = this.area;
    this.area.value = text;
    this.area.setSelectionRange(Math.min(start, text.length), Math.min(end, text.length));
    this.history.forget(text);
    this.draw();
  }

  get name() { return this.area.ariaLabel; }

  get first() { return this.firstLine; }

  // Code of no exercise is named after its first line.
  set first(line) {
    this.firstLine = line;
    this.area.ariaLabel = this.name.replace(/line \d+$/, `line ${line}`);
  }

  get lines() { return this.text.split("\n").length; }

  draw() {
    paint(this.shown, this.text);
    const numbers = Array.from({ length: this.lines }, (_, i) => {
      const item = document.createElement("li");
      const line = this.first + i, sign = this.marks[i];
      item.textContent = sign ? `${sign} ${line}` : line;
      if (sign) item.className = MARKS[sign];
      return item;
    });
    this.gutter.replaceChildren(...numbers);
    this.area.rows = this.lines;
  }

  // Put signs beside the lines that a message is about.
  mark(marks) {
    if (JSON.stringify(marks) === JSON.stringify(this.marks)) return;
    this.marks = marks;
    this.draw();
  }

  // The code of a figure is folded at first.
  get isFolded() { return Boolean(this.area.closest("details:not([open])")); }

  unfold() { this.area.closest("details")?.setAttribute("open", ""); }

  // Put the caret at the beginning of a line, by its index.
  go(index) {
    const before = this.text.split("\n").slice(0, index).join("\n");
    const place = before.length + (before ? 1 : 0);
    this.unfold();
    this.area.focus();
    this.area.setSelectionRange(place, place);
  }

  press(event) {
    const { key } = event;
    if (event.isComposing) return; // an input method handles its own keys
    if (key === "Tab" && !this.leaves && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      this.indent(event.shiftKey);
    } else if (key === "Enter" && !event.ctrlKey && !event.altKey && !event.metaKey
      && !event.shiftKey) {
      event.preventDefault();
      this.breakLine();
    } else if (!event.ctrlKey && !event.altKey && !event.metaKey && this.pair(key)) {
      event.preventDefault();
    } else if (key === "Backspace" && this.isInIndent()) {
      event.preventDefault();
      const { selectionStart: at } = this.area;
      this.replace(at - INDENT.length, at, "");
    } else if (/^[zy]$/i.test(key) && (event.ctrlKey || event.metaKey) && !event.altKey) {
      event.preventDefault();
      this.undo(key.toLowerCase() === "z" && !event.shiftKey);
    } else if (key === "/" && event.ctrlKey) {
      event.preventDefault();
      this.comment();
    }
    // After Escape, Tab goes to the next button, so that keyboard users can leave.
    this.leaves = key === "Escape" || (this.leaves && ["Shift", "Tab"].includes(key));
  }

  // Close a bracket or a quote that is opened; return whether the key is handled.
  pair(key) {
    const { selectionStart: start, selectionEnd: end } = this.area;
    const [before, after] = [this.text[start - 1] ?? "", this.text[end] ?? ""];
    if (key === "Backspace" && start === end && after && CLOSING[before] === after) {
      this.replace(start - 1, end + 1, "");
      return true;
    }
    if (start === end && key === after && Object.values(CLOSING).includes(key)) {
      this.area.setSelectionRange(end + 1, end + 1); // it is already there
      return true;
    }
    const closing = CLOSING[key];
    const isQuote = closing === key;
    const fits = !/[\p{L}\p{N}_"'([{]/u.test(after)
      && !(isQuote && /[\p{L}\p{N}_"'\\]/u.test(before) && !/[^\p{L}\p{N}_][rbfuRBFU]{1,2}$/u
        .test(` ${this.text.slice(0, start)}`));
    if (!closing || (start === end && !fits)) return false;
    this.replace(start, end, key + this.text.slice(start, end) + closing, start + 1, end + 1);
    return true;
  }

  isInIndent() {
    const { selectionStart: at, selectionEnd: end } = this.area;
    const before = this.text.slice(this.text.lastIndexOf("\n", at - 1) + 1, at);
    return at === end && before.length >= INDENT.length && !before.trim()
      && before.length % INDENT.length === 0;
  }

  // Replace a part of the text, which can be undone like typing, and select another.
  replace(start, end, text, from = start + text.length, to = from) {
    if (start === end && !text) return;
    this.area.setRangeText(text, start, end);
    this.area.setSelectionRange(from, to);
    this.area.dispatchEvent(new Event("input"));
  }

  // Take the last change back, or do it again; the caret goes to where the text changes.
  undo(isBack) {
    const { text: old } = this, text = this.history.step(isBack);
    if (text === null) return;
    const most = Math.min(old.length, text.length);
    let same = 0;
    while (same < most && old.at(-1 - same) === text.at(-1 - same)) same += 1;
    this.area.value = text;
    const caret = text.length - same;
    this.area.setSelectionRange(caret, caret);
    this.area.dispatchEvent(new Event("input"));
  }

  // Change the lines that the selection touches.
  change(edit) {
    const { selectionStart: start, selectionEnd: end } = this.area;
    const from = this.text.lastIndexOf("\n", start - 1) + 1;
    const stop = this.text.indexOf("\n", Math.max(from, end - (end > start)));
    const to = stop < 0 ? this.text.length : stop;
    const old = this.text.slice(from, to);
    const fresh = edit(old.split("\n")).join("\n");
    if (fresh === old) return;
    this.replace(from, to, fresh);
    if (start === end) {
      const at = Math.max(from, start + fresh.length - old.length);
      this.area.setSelectionRange(at, at);
    } else {
      this.area.setSelectionRange(from, from + fresh.length);
    }
  }

  indent(isBack) {
    const { selectionStart: start, selectionEnd: end } = this.area;
    if (isBack) {
      this.change((lines) => lines.map((line) => line.replace(/^ {1,4}/, "")));
    } else if (this.text.slice(start, end).includes("\n")) {
      this.change((lines) => lines.map((line) => (line ? INDENT + line : line)));
    } else {
      const column = start - this.text.lastIndexOf("\n", start - 1) - 1;
      this.replace(start, end, " ".repeat(INDENT.length - (column % INDENT.length)));
    }
  }

  breakLine() {
    const { selectionStart: start, selectionEnd: end } = this.area;
    const before = this.text.slice(this.text.lastIndexOf("\n", start - 1) + 1, start);
    const deeper = /:\s*(#.*)?$/.test(before) ? INDENT : "";
    this.replace(start, end, "\n" + before.match(/^ */)[0] + deeper);
  }

  comment() {
    this.change((lines) => {
      const full = lines.filter((line) => line.trim());
      const isOff = full.length > 0 && full.every((line) => /^\s*#/.test(line));
      return lines.map((line) => (!line.trim() ? line
        : isOff ? line.replace(/^(\s*)# ?/, "$1") : line.replace(/^(\s*)/, "$1# ")));
    });
  }
}

// A browser's objects, as far as the page's scripts ask for them while they are loaded.
const kept = new Map();
export const localStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => { kept.set(key, value); },
  removeItem: (key) => { kept.delete(key); },
};
export const main = { dataset: { lesson: "lesson3", learner: "", shape: "abc" } };
const document = {
  querySelector: (name) => (name === "main[data-lesson]" ? main : null),
  querySelectorAll: () => [],
};
Object.assign(globalThis, { document, localStorage });

// The answers of a server, one for each request, and what it was asked.
export function serve(...answers) {
  const asked = [];
  globalThis.fetch = async (path, { body }) => {
    asked.push([path, JSON.parse(await body.text())]);
    const answer = answers.shift();
    return { ok: true, status: 200, json: async () => answer };
  };
  return asked;
}

// The header of a lesson's page: its two menus, and the contents that follow the
// scrolling. In a wide window the contents are beside the text, and always open.
const WIDE = matchMedia("(min-width: 75rem)");
const menus = [...document.querySelectorAll("header details.menu")];
const contents = document.querySelector("#contents");

function isBeside(menu) { return menu === contents && WIDE.matches; }

function closeAll(except = null) {
  for (const menu of menus) if (menu !== except && !isBeside(menu)) menu.open = false;
}

// Mark the place that is read: the last one that has begun.
function follow() {
  const links = [...document.querySelectorAll("#states a")];
  const places = links.map((link) => document.getElementById(link.hash.slice(1)));
  const line = innerHeight / 3;
  let current = null;
  places.forEach((place, i) => {
    if (place && place.getBoundingClientRect().top <= line) current = links[i];
  });
  for (const link of links) {
    if (link === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (current && WIDE.matches) reveal(current);
}

// Scroll only the contents, not the page.
function reveal(link) {
  const frame = contents.querySelector(".panel");
  const [inner, outer] = [link, frame].map((one) => one.getBoundingClientRect());
  if (inner.top < outer.top) frame.scrollTop -= outer.top - inner.top + 40;
  else if (inner.bottom > outer.bottom) frame.scrollTop += inner.bottom - outer.bottom + 40;
}

function watch() {
  // Called when a place enters or leaves the upper third of the window.
  const observer = new IntersectionObserver(follow, { rootMargin: "0px 0px -66% 0px" });
  for (const link of document.querySelectorAll("#states a")) {
    const place = document.getElementById(link.hash.slice(1));
    if (place) observer.observe(place);
  }
}

export function beginContents() {
  if (!contents) return;
  contents.open = WIDE.matches;
  WIDE.addEventListener("change", () => { contents.open = WIDE.matches; });
  for (const menu of menus) {
    menu.addEventListener("toggle", () => { if (menu.open && !isBeside(menu)) closeAll(menu); });
  }
  document.addEventListener("click", (event) => {
    const menu = event.target.closest("header details.menu");
    closeAll(event.target.closest("a") ? null : menu);
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("header details.menu");
    if (!menu || isBeside(menu)) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  watch();
}

/**
 * The element of the page with this id. A missing one is a mistake in index.html, so it fails at once.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`There is no ${type.name} #${id} on the page.`);
  return found;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | null>} attributes null leaves one out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  setAttributes(made, attributes);
  made.append(...children);
  return made;
}

/**
 * Sets what differs, so that nothing is announced or redrawn without a reason. null removes an attribute.
 * @param {Element} target
 * @param {Record<string, string | number | null>} attributes
 */
export function setAttributes(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) target.removeAttribute(name);
    else if (target.getAttribute(name) !== String(value)) target.setAttribute(name, String(value));
  }
}

/**
 * @param {Element} target
 * @param {string[]} names
 */
export function clearAttributes(target, names) {
  for (const name of names) target.removeAttribute(name);
}

/**
 * Makes the children those of `keys`, in their order. A child that is there already stays itself, so that it keeps the
 * focus.
 * @template {HTMLElement} T
 * @param {Element} parent
 * @param {(string | number)[]} keys all different
 * @param {(key: string) => T} make
 * @returns {T[]}
 */
export function keyed(parent, keys, make) {
  const names = keys.map(String);
  for (const child of [...parent.children]) {
    if (!names.includes(child.getAttribute("data-key") ?? "")) child.remove();
  }
  const present = new Map([...parent.children].map((child) => [child.getAttribute("data-key"), child]));
  return names.map((name, index) => {
    const child = /** @type {T} */ (present.get(name) ?? make(name));
    child.setAttribute("data-key", name);
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
    return child;
  });
}

/**
 * @param {Element} target
 * @param {string} text
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Keeps a button from being pressed twice while its task runs, without taking the focus from it.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<unknown>} task
 */
export async function whileBusy(button, task) {
  if (button.getAttribute("aria-busy") === "true") return;
  setAttributes(button, { "aria-busy": "true", "aria-disabled": "true" });
  try {
    await task();
  } finally {
    setAttributes(button, { "aria-busy": null, "aria-disabled": null });
  }
}

/**
 * One of the symbols of index.html. It says nothing to a screen reader: what it stands for is said in words.
 * @param {string} symbol
 * @param {Record<string, string | number | null>} attributes
 */
export function drawing(symbol, attributes) {
  return drawn("use", { href: `#${symbol}` }, attributes);
}

/**
 * A drawing of lines, 24 by 24. It says nothing to a screen reader either.
 * @param {string} path as in SVG
 * @param {Record<string, string | number | null>} attributes
 */
export function sketch(path, attributes) {
  return drawn("path", { d: path }, { ...attributes, viewBox: "0 0 24 24" });
}

/**
 * @param {string} tag
 * @param {Record<string, string>} content
 * @param {Record<string, string | number | null>} attributes
 */
function drawn(tag, content, attributes) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  setAttributes(svg, { ...attributes, "aria-hidden": "true", focusable: "false" });
  const part = document.createElementNS(namespace, tag);
  setAttributes(part, content);
  svg.append(part);
  return svg;
}

/**
 * Gives the person a text as a file.
 * @param {string} name
 * @param {string} text
 */
export function saveText(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  element("a", { href: address, download: name }).click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

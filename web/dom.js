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

/** The mark of a seat. Shape and colour both tell whose it is. @param {number} seat */
export function markOf(seat) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  setAttributes(svg, { class: "mark", "data-seat": seat, "aria-hidden": "true", focusable: "false" });
  const use = document.createElementNS(namespace, "use");
  use.setAttribute("href", seat === 0 ? "#cross" : "#ring");
  svg.append(use);
  return svg;
}

/** The style sheets that boards bring along, each taken once. */
import { element } from "./dom.js";

/** By their text or address. @type {Map<string, Promise<void>>} */
const taken = new Map();

/**
 * Takes a style sheet in, and settles when it is in force.
 * @param {string | URL} style the sheet itself, or where it is
 * @returns {Promise<void>}
 */
export function takeStyle(style) {
  const key = String(style);
  const taking = taken.get(key) ?? (style instanceof URL ? load(style) : adopt(style));
  taken.set(key, taking);
  // What the network has lost is asked for again the next time.
  return taking.catch((error) => {
    taken.delete(key);
    throw error;
  });
}

/** @param {URL} address @returns {Promise<void>} */
function load({ href }) {
  return new Promise((resolve, reject) => {
    const link = element("link", { rel: "stylesheet", href });
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      link.remove();
      reject(new Error("The style of this board could not be loaded. Load the page again to try again."));
    });
    document.head.append(link);
  });
}

/** @param {string} text */
async function adopt(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets.push(sheet);
}

/** Any JSON as a tree that people can read. */
import { element } from "../dom.js";
import { wordsOf } from "../plain-words.js";
import { labelOf } from "../schema.js";

/**
 * @param {any} value
 * @returns {HTMLElement}
 */
export function treeOf(value) {
  if (!isDeep(value)) return element("span", {}, wordsOf(value) || "–");
  if (Array.isArray(value)) return element("ol", {}, ...value.map((item) => element("li", {}, treeOf(item))));
  const parts = Object.entries(value).flatMap(([name, part]) => [element("dt", {}, labelOf(name)), element("dd", {}, treeOf(part))]);
  return element("dl", {}, ...parts);
}

/** Whether a value has more in it than a line can say. @param {any} value */
function isDeep(value) {
  if (typeof value !== "object" || value === null) return false;
  if (!Array.isArray(value)) return Object.keys(value).length > 0;
  return value.some((item) => typeof item === "object" && item !== null);
}

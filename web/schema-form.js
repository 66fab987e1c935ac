/**
 * The fields of a form, and what was entered.
 *
 * @typedef {import("./schema.js").Field} Field
 * @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Input
 */
import { element } from "./dom.js";

/**
 * @param {Field[]} fields
 * @param {string} prefix of the ids, which no other form of the page has
 * @returns {HTMLElement[]}
 */
export function fieldElements(fields, prefix) {
  return fields.filter((field) => typeOf(field) !== "fixed").map((field) => fieldElement(field, prefix));
}

/**
 * What stands in the fields of a form. A field that may be empty, and is, is left out.
 * @param {Element} form
 * @param {Field[]} fields
 * @returns {Record<string, any>}
 */
export function enteredIn(form, fields) {
  const inputs = /** @type {Input[]} */ ([...form.querySelectorAll("[data-field]")]);
  return Object.fromEntries(fields.flatMap((field) => {
    if (typeOf(field) === "fixed") return [[field.name, field.value]];
    const input = inputs.find(({ name }) => name === field.name);
    const value = input ? entered(field, input) : undefined;
    return value === undefined ? [] : [[field.name, value]];
  }));
}

/**
 * @param {Field} field
 * @param {string} prefix
 */
function fieldElement(field, prefix) {
  const id = `${prefix}-${field.name}`;
  const input = inputOf(field);
  input.id = id;
  input.name = field.name;
  input.setAttribute("data-field", typeOf(field));
  const help = field.help ? element("small", { class: "help", id: `${id}-help` }, field.help) : null;
  if (help) input.setAttribute("aria-describedby", help.id);
  if (typeOf(field) === "switch") {
    const label = element("label", { class: "switch", for: id }, input, field.label);
    return help ? element("div", { class: "field" }, label, help) : label;
  }
  if (!field.isOptional) input.required = true;
  return element("div", { class: "field" }, element("label", { for: id }, field.label), input, ...(help ? [help] : []));
}

/** @param {Field} field @returns {Input} */
function inputOf(field) {
  const { value, min, max, step = 1, choices = [], isOptional } = field;
  switch (typeOf(field)) {
    case "switch": {
      const input = element("input", { type: "checkbox" });
      input.checked = value === true;
      return input;
    }
    case "number":
      return element("input", { type: "number", inputmode: step === 1 ? "numeric" : "decimal", min: min ?? null, max: max ?? null, step, value: value ?? null });
    case "choice": {
      const none = isOptional ? [element("option", { value: "" }, "–")] : [];
      const select = element("select", {}, ...none, ...choices.map(({ label }, index) => element("option", { value: index }, label)));
      const chosen = choices.findIndex((choice) => choice.value === value);
      if (chosen >= 0) select.value = String(chosen);
      return select;
    }
    case "json":
      return jsonInput(value);
    default:
      return element("input", { type: "text", value: value ?? null, autocomplete: "off", spellcheck: "false" });
  }
}

/** What has no field of its own is written as JSON. @param {any} value */
function jsonInput(value) {
  const input = element("textarea", { rows: 3, spellcheck: "false" });
  if (value !== undefined) input.value = JSON.stringify(value);
  const check = () => input.setCustomValidity(input.value === "" || parsed(input.value) !== undefined ? "" : "This must be JSON.");
  input.addEventListener("input", check);
  return input;
}

/**
 * @param {Field} field
 * @param {Input} input
 */
function entered(field, input) {
  switch (typeOf(field)) {
    case "switch":
      return /** @type {HTMLInputElement} */ (input).checked;
    case "number":
      // An empty field says nothing; the browser's own check of the form tells where it has to.
      return input.value === "" && field.isOptional ? undefined : /** @type {HTMLInputElement} */ (input).valueAsNumber;
    case "choice":
      return input.value === "" ? undefined : field.choices?.[Number(input.value)]?.value;
    case "json":
      return parsed(input.value);
    default:
      return input.value === "" && field.isOptional ? undefined : input.value;
  }
}

/** @param {Field} field */
function typeOf({ type, value }) {
  return type ?? (typeof value === "boolean" ? "switch" : "number");
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

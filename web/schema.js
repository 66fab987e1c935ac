/**
 * Forms from JSON Schemas, as the server gives them for options and moves. Pure.
 *
 * @typedef {object} Field one value that a person enters
 * @property {string} name
 * @property {string} label
 * @property {string} [help]
 * @property {"number" | "switch" | "choice" | "text" | "json" | "fixed"} [type] told by the value, where it is missing
 * @property {any} [value] what stands in it at first
 * @property {number} [min]
 * @property {number} [max]
 * @property {number | "any"} [step]
 * @property {{value: any, label: string}[]} [choices]
 * @property {boolean} [isOptional] whether it may stay empty
 *
 * @typedef {object} Variant one of the shapes that a value may have
 * @property {string} name
 * @property {string} [help]
 * @property {string | null} wrap the key under which the fields stand; null where they stand by themselves
 * @property {Field[]} fields
 */

/**
 * The fields of an object.
 * @param {any} schema
 * @param {any} [root] where references lead
 * @returns {Field[]}
 */
export function fieldsOf(schema, root = schema) {
  const { properties = {}, required = [] } = resolved(schema, root);
  return Object.entries(properties).map(([name, property]) => fieldOf(name, property, root, required.includes(name)));
}

/**
 * The shapes that an object may have: one for each variant of an enum, otherwise one.
 * @param {any} schema
 * @returns {Variant[]}
 */
export function variantsOf(schema) {
  const whole = resolved(schema, schema);
  const shapes = whole.oneOf ?? whole.anyOf ?? [whole];
  return shapes.map((/** @type {any} */ shape) => variantOf(resolved(shape, schema), schema));
}

/**
 * The value that a form has for a variant.
 * @param {Variant} variant
 * @param {Record<string, any>} values
 */
export function valueOf({ wrap }, values) {
  return wrap === null ? values : { [wrap]: values };
}

/** `wild_ones` as people read it. @param {string} name */
export function labelOf(name) {
  const words = name.replaceAll(/[-_]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * @param {any} shape
 * @param {any} root
 * @returns {Variant}
 */
function variantOf(shape, root) {
  const names = Object.keys(shape.properties ?? {});
  const [only = ""] = names;
  const inner = resolved(shape.properties?.[only] ?? {}, root);
  if (names.length === 1 && inner.type === "object") {
    return { name: labelOf(only), help: shape.description ?? inner.description, wrap: only, fields: fieldsOf(inner, root) };
  }
  const fields = fieldsOf(shape, root);
  const tag = fields.find(({ type }) => type === "fixed");
  return { name: tag ? labelOf(String(tag.value)) : names.map(labelOf).join(", "), help: shape.description, wrap: null, fields };
}

/**
 * @param {string} name
 * @param {any} property
 * @param {any} root
 * @param {boolean} isRequired
 * @returns {Field}
 */
function fieldOf(name, property, root, isRequired) {
  const { shape, isNullable } = withoutNull(resolved(property, root), root);
  const value = property.default ?? shape.default;
  const isOptional = isNullable || (!isRequired && value === undefined);
  const base = { name, label: labelOf(name), help: property.description ?? shape.description, isOptional, value };
  if ("const" in shape) return { ...base, type: "fixed", value: shape.const };
  const choices = choicesOf(shape, root);
  if (choices) return { ...base, type: "choice", choices };
  switch (shape.type) {
    case "boolean":
      return { ...base, type: "switch", value: value ?? false };
    case "integer":
    case "number":
      return { ...base, type: "number", min: shape.minimum, max: shape.maximum, step: shape.multipleOf ?? (shape.type === "integer" ? 1 : "any") };
    case "string":
      return { ...base, type: "text" };
    default:
      return { ...base, type: "json" };
  }
}

/**
 * The values of an enum; null where anything else may be entered.
 * @param {any} shape
 * @param {any} root
 */
function choicesOf(shape, root) {
  const listed = shape.enum ?? (shape.oneOf ?? shape.anyOf)?.flatMap((/** @type {any} */ one) => {
    const { enum: some, ...rest } = resolved(one, root);
    return some ?? ("const" in rest ? [rest.const] : [undefined]);
  });
  if (!listed || listed.includes(undefined)) return null;
  return listed.map((/** @type {any} */ value) => ({ value, label: labelOf(String(value)) }));
}

/**
 * What a value may be beside null.
 * @param {any} shape
 * @param {any} root
 */
function withoutNull(shape, root) {
  if (Array.isArray(shape.type) && shape.type.includes("null")) {
    const [type] = shape.type.filter((/** @type {string} */ name) => name !== "null");
    return { shape: { ...shape, type, ...(shape.enum && { enum: shape.enum.filter((/** @type {any} */ one) => one !== null) }) }, isNullable: true };
  }
  const others = shape.anyOf?.filter((/** @type {any} */ one) => one.type !== "null");
  if (others?.length === 1 && shape.anyOf.length === 2) return { shape: resolved(others[0], root), isNullable: true };
  return { shape, isNullable: false };
}

/**
 * The schema to which a reference leads, with what stands beside the reference.
 * @param {any} schema
 * @param {any} root
 * @returns {any}
 */
function resolved(schema, root) {
  if (typeof schema !== "object" || schema === null) return {};
  if (typeof schema.$ref !== "string") return schema;
  const { $ref, ...beside } = schema;
  if ($ref === "#") return { ...root, ...beside };
  const target = $ref.replace(/^#\//, "").split("/").reduce((/** @type {any} */ at, /** @type {string} */ key) => at?.[key], root);
  // A reference that leads to itself has no end.
  return target?.$ref === $ref ? beside : { ...resolved(target, root), ...beside };
}

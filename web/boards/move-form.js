/** A move as a form, from the schema of the kind's moves: for moves that are not listed. */
import { element, setText } from "../dom.js";
import { fieldElements, enteredIn } from "../schema-form.js";
import { valueOf, variantsOf } from "../schema.js";

export class MoveForm {
  root = element("form", { class: "move-form" });
  #shape = element("select", { id: "plain-shape" });
  #shapeField = element("div", { class: "field" }, element("label", { for: this.#shape.id }, "Move"), this.#shape);
  #help = element("p", { class: "hint" });
  #fields = element("div", { class: "options-fields" });
  /** @type {import("../schema.js").Variant[]} */
  #variants = [];
  #shown = "";

  /** @param {(move: any) => void} onMove */
  constructor(onMove) {
    this.root.hidden = true;
    this.root.append(this.#shapeField, this.#help, this.#fields, element("button", { type: "submit", class: "primary", id: "plain-play" }, "Play"));
    this.#shape.addEventListener("change", () => this.#showFields());
    this.root.addEventListener("submit", (event) => {
      event.preventDefault();
      const variant = this.#variants[this.#shape.selectedIndex];
      if (variant) onMove(valueOf(variant, enteredIn(this.#fields, variant.fields)));
    });
  }

  /**
   * Shows the form; what somebody has entered stays.
   * @param {any} schema none where every move has its button
   * @param {string} kind whose schema it is
   */
  show(schema, kind) {
    this.root.hidden = !schema;
    if (!schema || kind === this.#shown) return;
    this.#shown = kind;
    this.#variants = variantsOf(schema);
    this.#shape.replaceChildren(...this.#variants.map(({ name }) => element("option", {}, name)));
    this.#shapeField.hidden = this.#variants.length < 2;
    this.#showFields();
  }

  clear() {
    this.#shown = "";
  }

  #showFields() {
    const variant = this.#variants[this.#shape.selectedIndex];
    setText(this.#help, variant?.help ?? "");
    this.#fields.replaceChildren(...fieldElements(variant?.fields ?? [], "move"));
  }
}

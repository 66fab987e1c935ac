import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const WEB = new URL("../", import.meta.url);

/** @param {string} path */
const read = (path) => readFileSync(new URL(path, WEB), "utf8");

/** The scripts of the page. @type {string[]} */
const SCRIPTS = ["", "boards/", "games/"].flatMap((folder) =>
  readdirSync(new URL(folder || ".", WEB)).filter((name) => name.endsWith(".js")).map((name) => folder + name),
);

/** The interfaces of elements that are not named after their tag. @type {Record<string, string>} */
const INTERFACES = {
  a: "Anchor", div: "Div", dl: "DList", h1: "Heading", h2: "Heading", li: "LI", ol: "OList", p: "Paragraph", ul: "UList",
};

/** The tags of index.html by id. */
const tags = new Map([...read("index.html").matchAll(/<(\w+)\b[^>]*?\sid="([^"]+)"/g)].map(([, tag = "", id = ""]) => [id, tag]));

test("every element that a script asks for is on the page, and of that type", () => {
  for (const script of SCRIPTS) {
    for (const [, id = "", type = ""] of read(script).matchAll(/byId\("([^"]+)", HTML(\w*)Element\)/g)) {
      const tag = tags.get(id);
      assert.ok(tag, `${script}: #${id} is not on the page`);
      const expected = INTERFACES[tag] ?? tag;
      assert.ok(type === "" || type.toLowerCase() === expected.toLowerCase(), `${script}: #${id} is <${tag}>, not ${type}`);
    }
  }
});

test("every label names a field, and every fixed field has a label", () => {
  const html = read("index.html");
  const labelled = new Set([...html.matchAll(/<label\b[^>]*\bfor="([^"]+)"/g)].map(([, id]) => id));
  for (const id of labelled) assert.match(String(tags.get(String(id))), /^(input|select)$/, `label for #${id}`);
  for (const [id, tag] of tags) if (/^(input|select)$/.test(tag)) assert.ok(labelled.has(id), `#${id} has no label`);
});

test("no id is used twice", () => {
  const ids = [...read("index.html").matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
});

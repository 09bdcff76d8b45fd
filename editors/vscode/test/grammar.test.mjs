// Tokens of the grammar, as the editor's own engine finds them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import test from "node:test";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

await oniguruma.loadWASM(await readFile(require.resolve("vscode-oniguruma/release/onig.wasm")));
const path = new URL("../syntaxes/prototxt.tmLanguage.json", import.meta.url);
const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async () => textmate.parseRawGrammar(await readFile(path, "utf8"), path.pathname),
});
const grammar = await registry.loadGrammar("source.prototxt");

/** Return [text, innermost scope] of what is not blank, over all lines. */
function tokens(text) {
  let stack = textmate.INITIAL;
  const found = [];
  for (const line of text.split("\n")) {
    const { tokens: ofLine, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    for (const { startIndex, endIndex, scopes } of ofLine) {
      const word = line.slice(startIndex, endIndex).trim();
      if (word !== "") found.push([word, scopes.at(-1).replace(".prototxt", "")]);
    }
  }
  return found;
}

/** Return the scopes of the tokens that are a word. */
const scopes = (text, word) => tokens(text).filter(([at]) => at === word).map(([, scope]) => scope);

const BLOCK = "entity.name.type.block";
const FIELD = "variable.other.property";
const ENUM = "variable.other.enummember";
const NUMBER = "constant.numeric";

test("blocks and fields", () => {
  for (const text of ["layer {", "layer: {", "layer{", "layer <", "  layer", "layer\n{"]) {
    assert.deepEqual(scopes(text, "layer"), [BLOCK], text);
  }
  assert.deepEqual(scopes("name: 1", "name"), [FIELD]);
  assert.deepEqual(scopes("a { b: 1 c { d: 2 } }", "c"), [BLOCK]);
  assert.deepEqual(scopes("a { b: 1 c { d: 2 } }", "d"), [FIELD]);
});

test("strings in both quotes, with escapes, to the end of the line at most", () => {
  assert.deepEqual(scopes(`a: "it's # no comment"`, "it's # no comment"), ["string.quoted.double"]);
  assert.deepEqual(scopes(`a: 'say "x"'`, 'say "x"'), ["string.quoted.single"]);
  assert.deepEqual(scopes(`a: "x\\n"`, "\\n"), ["constant.character.escape"]);
  assert.deepEqual(scopes(`a: "open\nb: 1`, "b"), [FIELD]);
});

test("comments", () => {
  assert.deepEqual(scopes('a: 1 # b: "c"', 'b: "c"'), ["comment.line.number-sign"]);
});

test("numbers", () => {
  for (const word of ["1", "-1", "1.", ".5", "1e-5", "0x1F", "1.5f", "-inf", "nan", "+3"]) {
    assert.deepEqual(scopes(`a: ${word}`, word), [NUMBER], word);
  }
  assert.deepEqual(scopes("dim: [1, 3]", "3"), [NUMBER]);
});

test("words of enums, truth values", () => {
  assert.deepEqual(scopes("pool: MAX", "MAX"), [ENUM]);
  assert.deepEqual(scopes("pool: MAX stride: 2", "stride"), [FIELD]);
  assert.deepEqual(scopes("bias_term: false }", "false"), ["constant.language.boolean"]);
  assert.deepEqual(scopes("true_name: falsehood", "falsehood"), [ENUM]);
});

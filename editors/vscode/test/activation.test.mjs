// The extension as it is packaged, in an editor of which only what it asks for is there.

import assert from "node:assert/strict";
import Module, { createRequire } from "node:module";
import test from "node:test";

const told = [];
const settings = { python: "", path: "no-such-protolint" };
const registered = new Map();
const nothing = { dispose() {} };

/** Return something that may be called, made, extended or asked for any part of it. */
function anything() {
  return new Proxy(class {}, {
    get: (target, key) => (key in target || key === "prototype" ? target[key] : anything()),
  });
}

const known = {
  window: {
    createOutputChannel: () => ({ appendLine() {}, show() {}, ...nothing }),
    showErrorMessage: async (text, ...buttons) => void told.push([text, buttons]),
  },
  commands: {
    registerCommand: (name, run) => (registered.set(name, run), nothing),
  },
  workspace: {
    getConfiguration: () => ({ get: (key, otherwise) => settings[key] ?? otherwise }),
    onDidChangeConfiguration: () => nothing,
    onDidGrantWorkspaceTrust: () => nothing,
  },
};
const editor = new Proxy(known, { get: (parts, key) => parts[key] ?? anything() });
const load = Module._load;
Module._load = (name, ...more) => (name === "vscode" ? editor : load(name, ...more));
const extension = createRequire(import.meta.url)("../dist/extension.js");

test("where protolint is missing it says how to install it, each time", async () => {
  await extension.activate({ subscriptions: [] });
  await registered.get("protolint.restart")();
  assert.equal(told.length, 2);
  const [text, buttons] = told[0];
  assert.match(text, /no program no-such-protolint\. Install it with: pip install 'caffe-protolint\[lsp\]'/);
  assert.equal(buttons.length, 3);
  await extension.deactivate();
});

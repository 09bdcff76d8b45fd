// How the server is called, without an editor.

import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";

import { build } from "esbuild";

const folder = await mkdtemp(path.join(os.tmpdir(), "protolint-"));
const outfile = path.join(folder, "command.mjs");
await build({
  entryPoints: [new URL("../src/command.ts", import.meta.url).pathname],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
});
const { forServer, obstacle, protolint } = await import(pathToFileURL(outfile));

test("an interpreter comes before a program, and that before the PATH", () => {
  assert.deepEqual(protolint("", "", "/w"), { command: "protolint", args: [] });
  assert.deepEqual(protolint("", "/p", "/w"), { command: "/p", args: [] });
  const python = protolint("${workspaceFolder}/.venv/bin/python", "/p", "/w");
  assert.deepEqual(python, { command: "/w/.venv/bin/python", args: ["-m", "protolint"] });
});

test("why it does not run", async () => {
  assert.equal(await obstacle({ command: process.execPath, args: [] }, folder), undefined);
  const none = await obstacle({ command: "no-such-protolint", args: [] }, folder);
  assert.equal(none, "There is no program no-such-protolint.");
  const fails = { command: process.execPath, args: ["-e", "console.error('no'); process.exit(1)", "--"] };
  assert.equal(await obstacle(fails, folder), "no");
});

test("the server is sent its own settings only", () => {
  const all = { path: "x", trace: { server: "off" }, delay: 1, inlayHints: { shapes: false } };
  assert.deepEqual(forServer(all), { delay: 1, inlayHints: { shapes: false } });
  assert.deepEqual(forServer(null), {});
});

// Bundles the extension, and the licences of what is bundled with it.

import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";

import { build } from "esbuild";

const { metafile } = await build({
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  minify: true,
  platform: "node",
  target: "node18",
  format: "cjs",
  external: ["vscode"],
  metafile: true,
});

/** Return the folder of the package that a file belongs to. */
function packageOf(file) {
  let folder = path.dirname(file);
  while (!existsSync(path.join(folder, "package.json")) || !isNamed(folder)) {
    folder = path.dirname(folder);
  }
  return folder;
}

function isNamed(folder) {
  return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")).version !== undefined;
}

const files = Object.keys(metafile.inputs).filter((file) => file.startsWith("node_modules/"));
const texts = [...new Set(files.map(packageOf))].sort().map((folder) => {
  const name = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (name === undefined) throw new Error(`${folder} has no licence`);
  const title = folder.replace(/^.*node_modules\//, "");
  return `${title}\n\n${readFileSync(path.join(folder, name), "utf8").trim()}\n`;
});
writeFileSync("dist/LICENSES.txt", texts.join(`\n${"-".repeat(80)}\n\n`));

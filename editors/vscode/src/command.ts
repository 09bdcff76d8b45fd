/** What is run as the server, and what is said where it cannot be run. */

import { execFile } from "node:child_process";

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

export const INSTALL = "pip install 'caffe-protolint[lsp]'";

/** The settings that are the server's; the others are this extension's own. */
const SERVER_SETTINGS = ["inlayHints", "delay", "configuration", "dialect"];

/** Return how protolint is called, by the settings `python` and `path`. */
export function protolint(python: string, path: string, folder: string): Command {
  const whole = (text: string): string => text.replaceAll("${workspaceFolder}", folder);
  if (python !== "") {
    return { command: whole(python), args: ["-m", "protolint"] };
  }
  return { command: path === "" ? "protolint" : whole(path), args: [] };
}

/** Return why protolint cannot be run, nothing where it can. */
export function obstacle(called: Command, cwd: string): Promise<string | undefined> {
  const args = [...called.args, "--version"];
  return new Promise((resolve) => {
    execFile(called.command, args, { cwd, timeout: 30_000 }, (error, _, stderr) => {
      if (error === null) {
        resolve(undefined);
      } else if (error.code === "ENOENT") {
        resolve(`There is no program ${called.command}.`);
      } else {
        const last = stderr.trim().split("\n").at(-1) ?? "";
        resolve(last === "" ? error.message : last);
      }
    });
  });
}

/** Return those of the settings under `protolint` that the server takes. */
export function forServer(settings: unknown): Record<string, unknown> {
  if (typeof settings !== "object" || settings === null) {
    return {};
  }
  return Object.fromEntries(
    Object.entries(settings).filter(([key]) => SERVER_SETTINGS.includes(key)),
  );
}

import * as os from "node:os";
import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/node";

import { INSTALL, forServer, obstacle, protolint } from "./command";

const OWN_SETTINGS = ["protolint.path", "protolint.python"];

let client: LanguageClient | undefined;
let output: vscode.OutputChannel;
let turn: Promise<void> = Promise.resolve();

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  output = vscode.window.createOutputChannel("protolint");
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand("protolint.restart", restart),
    vscode.commands.registerCommand("protolint.showOutput", () => output.show()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (OWN_SETTINGS.some((setting) => event.affectsConfiguration(setting))) {
        void restart();
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
  );
  await restart();
}

export async function deactivate(): Promise<void> {
  await turn;
  await stop();
}

/** End the server if it runs, and start it; one after the other, however often it is asked for. */
function restart(): Promise<void> {
  turn = turn.then(stop).then(start).catch(complain);
  return turn;
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  if (running?.isRunning() === true) {
    await running.stop();
  }
  await running?.dispose();
}

async function start(): Promise<void> {
  const settings = vscode.workspace.getConfiguration("protolint");
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? os.homedir();
  const called = protolint(settings.get("python", ""), settings.get("path", ""), folder);
  const why = await obstacle(called, folder);
  if (why !== undefined) {
    throw new Error(why);
  }
  client = new LanguageClient(
    "protolint",
    "protolint",
    { command: called.command, args: [...called.args, "server"], options: { cwd: folder } },
    {
      documentSelector: [
        { scheme: "file", language: "prototxt" },
        { scheme: "untitled", language: "prototxt" },
        { scheme: "file", language: "toml" },
      ],
      outputChannel: output,
      initializationOptions: forServer(settings),
      middleware: {
        workspace: {
          configuration: async (params, token, next) => {
            const found = await next(params, token);
            return Array.isArray(found) ? found.map(forServer) : found;
          },
        },
      },
    },
  );
  await client.start();
}

async function complain(error: unknown): Promise<void> {
  const why = error instanceof Error ? error.message : String(error);
  output.appendLine(why);
  const [copy, set, show] = ["Copy the Command", "Settings", "Output"];
  const text = `protolint does not run. ${why} Install it with: ${INSTALL}`;
  // Not waited for, or the next start would wait for an answer.
  void vscode.window.showErrorMessage(text, copy, set, show).then(async (chosen) => {
    if (chosen === copy) {
      await vscode.env.clipboard.writeText(INSTALL);
    } else if (chosen === set) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "protolint.p");
    } else if (chosen === show) {
      output.show();
    }
  });
}

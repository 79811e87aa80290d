import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { KeeperError } from "../core/errors.js";
import { Secret } from "../core/secret.js";

/** A terminal: where a password can be typed unseen. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: { write(text: string): unknown };
}

/** Asks for a new password twice. Rejects with `NO_TERMINAL` or `PASSWORD_MISMATCH`. */
export async function askNewPassword({ input, output }: Terminal): Promise<Secret> {
  if (input.isTTY !== true) {
    throw new KeeperError("NO_TERMINAL", "no terminal to ask for a password: set NODE_KEYSTORE_PASSWORD");
  }
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: silent, terminal: true });
  try {
    output.write("Password for the new key: ");
    const password = await lines.question("");
    output.write("\nThe same again: ");
    const again = await lines.question("");
    output.write("\n");
    if (password !== again) throw new KeeperError("PASSWORD_MISMATCH", "the two passwords differ: nothing was written");
    return new Secret(password);
  } finally {
    lines.close();
  }
}

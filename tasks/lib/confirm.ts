import { createInterface } from "node:readline/promises";

import { KeeperError } from "../../keepers/core/errors.js";

/**
 * Asks on the terminal before something that cannot be undone.
 * @throws KeeperError `NOT_CONFIRMED` for any answer but yes, and where nobody can answer
 */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new KeeperError(
      "NOT_CONFIRMED",
      "nobody is there to confirm: look at the parameters, then run it with --yes",
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (!/^y(es)?$/iu.test(answer.trim())) throw new KeeperError("NOT_CONFIRMED", "nothing was deployed");
  } finally {
    terminal.close();
  }
}

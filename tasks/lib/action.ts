import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { SystemClock } from "../../keepers/core/clock.js";
import type { Answer } from "./answer.js";
import { type Failure, failureOf } from "./failures.js";
import { type CommonArguments, Session } from "./session.js";
import { Terminal } from "./terminal.js";

/** What a task gives to whoever runs it from code; a failure makes the command end with status 1. */
export type TaskResult =
  { readonly success: true; readonly value: Answer["json"] } | { readonly success: false; readonly error: Failure };

/** A task's action out of what it does: prints the answer, and expected failures as one sentence without a stack trace. */
export function action<A extends CommonArguments>(
  run: (args: A, session: Session) => Promise<Answer>,
): (args: A, hre: HardhatRuntimeEnvironment) => Promise<TaskResult> {
  return async (args, hre) => {
    const streams = { output: process.stdout, errors: process.stderr };
    const terminal = new Terminal({ json: args.json }, { ...streams, clock: new SystemClock() });
    try {
      const answer = await run(args, new Session(args, { hre, terminal }));
      terminal.answer(answer);
      return { success: true, value: answer.json };
    } catch (error) {
      const failure = failureOf(error);
      if (failure === undefined) throw error;
      terminal.problem(failure.code, failure.message);
      return { success: false, error: failure };
    }
  };
}

import type { Container, Exec } from "dockerode";
import type { Readable } from "node:stream";
import type { Clock } from "../../core/clock.js";
import type { CommandResult } from "../engine.js";
import { outputOf } from "./frames.js";

const OUTPUT_BYTES = 65_536;
const TIMED_OUT = 124;
const LOOKS = 50;
const LOOK_EVERY_MS = 20;

/** The daemon has no way to end a command; one that takes too long is left to its container. */
export async function runCommand(
  container: Container,
  command: readonly string[],
  timeoutMs: number,
  clock: Clock,
): Promise<CommandResult> {
  const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  const stream = (await exec.start({ Detach: false })) as Readable;
  const late = new AbortController();
  const cancel = clock.schedule(timeoutMs, () => {
    late.abort();
    stream.destroy();
  });
  try {
    const output = await outputOf(untilLate(stream, late.signal), OUTPUT_BYTES);
    return { code: late.signal.aborted ? TIMED_OUT : await exitCode(exec, clock), output };
  } finally {
    cancel();
  }
}

async function* untilLate(stream: Readable, late: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    if (!late.aborted) throw error;
  }
}

/** Output may end a moment before the daemon knows the code. */
async function exitCode(exec: Exec, clock: Clock): Promise<number> {
  for (let look = 1; ; look += 1) {
    const { Running: running, ExitCode: code } = await exec.inspect();
    if (!running && code !== null) return code;
    if (look >= LOOKS) return TIMED_OUT;
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/**
 * `crashingProcess.ts TASKS embedded FILE | bull URL`: adds tasks (JSON: `[{task, options}]`), says that they are added, runs
 * them, says which began, and never ends one. For tests that kill it.
 */
import { dirname } from "node:path";
import { SystemClock } from "../../../keepers/core/clock.js";
import { CryptoRandom } from "../../../keepers/core/random.js";
import type { TaskOptions, WorkQueue } from "../../../keepers/queue/workQueue.js";
import { openBull, openEmbedded } from "./openQueues.js";
import type { Work } from "./queueHarness.js";

const [tasks = "[]", kind, place = ""] = process.argv.slice(2);
const dependencies = { clock: new SystemClock(), random: new CryptoRandom() };

async function open(): Promise<WorkQueue<Work>> {
  if (kind === "bull") return openBull(place, {}, dependencies);
  return openEmbedded(dirname(place), {}, dependencies);
}

const queue = await open();
for (const { task, options } of JSON.parse(tasks) as { task: Work; options?: TaskOptions }[]) {
  await queue.add(task, options);
}
process.stdout.write("added\n");
queue.process(({ name }) => {
  process.stdout.write(`began ${name}\n`);
  return new Promise(() => undefined);
});
// What nothing refers to any more would be collected, and its file closed.
setInterval(() => void queue.counts(), 60_000);

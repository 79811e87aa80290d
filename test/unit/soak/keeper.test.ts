import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { SystemClock } from "../../../keepers/core/clock.js";
import { Journal } from "../../../soak/world/journal.js";
import { Keeper } from "../../../soak/world/keeper.js";

/** Says that it is at work, and ends by itself the first time, when it is given a file to remember it by. */
const PROGRAM = `
import { existsSync, writeFileSync } from "node:fs";
console.log("at work as " + process.pid);
const { ENDS_ONCE: path } = process.env;
if (path !== undefined && !existsSync(path)) {
  writeFileSync(path, "");
  process.exit(3);
}
setInterval(() => undefined, 1_000);
`;

describe("a keeper process of a soak", function () {
  this.timeout(60_000);

  let folder: string;
  let journal: Journal;
  let keeper: Keeper;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "r1-soak-test-"));
    await writeFile(join(folder, "program.mjs"), PROGRAM);
    journal = new Journal({ clock: new SystemClock() });
  });

  afterEach(async () => {
    await keeper.kill();
    await rm(folder, { recursive: true });
  });

  const make = (variables: Record<string, string>): void => {
    const places = { program: join(folder, "program.mjs"), logFile: join(folder, "log") };
    const options = { name: "node-1", ready: "at work", variables, ...places };
    keeper = new Keeper(options, { clock: new SystemClock(), journal });
  };
  const lives = async (): Promise<string[]> =>
    (await readFile(join(folder, "log"), "utf8")).split("\n").filter((line) => line.startsWith("at work"));

  it("is killed and started again as often as wanted, which is nobody's fault", async () => {
    make({});
    await keeper.start();
    await keeper.kill();
    await keeper.start();
    await keeper.stop();
    expect(new Set(await lives()).size).to.equal(2);
    expect(journal.endings).to.deep.equal([]);
  });

  it("is started again when it ends by itself, and that is noted until it is at work", async () => {
    make({ ENDS_ONCE: join(folder, "once") });
    await keeper.start();
    const again = Promise.withResolvers<undefined>();
    const look = async (): Promise<void> => {
      if ((await lives()).length === 2) again.resolve(undefined);
      else setImmediate(() => void look());
    };
    await look();
    await again.promise;
    expect(journal.endings).to.deep.equal(["node-1 ended by itself with 3"]);
    expect(journal.disturbances).to.have.length(1);
    expect(journal.disturbances[0]).to.include({ target: "node-1", kind: "kill" });
  });
});

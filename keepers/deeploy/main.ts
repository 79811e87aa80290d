import { SystemClock } from "../core/clock.js";
import { processEnvironment } from "../core/config.js";
import { SystemDisk } from "../core/disk.js";
import { CryptoRandom } from "../core/random.js";
import { runCli } from "./cli.js";

const code = await runCli(process.argv.slice(2), {
  environment: processEnvironment(),
  clock: new SystemClock(),
  random: new CryptoRandom(),
  disk: new SystemDisk(),
  output: process.stdout,
  errors: process.stderr,
  signals: process,
});
if (code !== undefined) process.exitCode = code;

/** `npm start`: the whole protocol on this machine. `npm start -- --help` tells the options. */
import { run } from "./network/run.js";
import { SHOW_CURSOR } from "./network/view/liveView.js";

// Whatever ends the process, the terminal gets its cursor back.
process.once("exit", () => process.stdout.isTTY && process.stdout.write(SHOW_CURSOR));

const code = await run(process.argv.slice(2), { signals: process, output: process.stdout, errors: process.stderr });
process.exit(code);

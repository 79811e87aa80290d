import { Command, InvalidArgumentError } from "commander";

/** How `npm start` runs. */
export interface NetworkOptions {
  /** Write the report, and with `exit` end, after this many committed epochs; undefined: never. */
  readonly epochs: number | undefined;
  /** End the process when the epochs are done. */
  readonly exit: boolean;
  /** Where to write the JSON report. */
  readonly report: string | undefined;
  /** Operators that buy a Node Deed and run a node. */
  readonly nodes: number;
  readonly epochSeconds: number;
  /** First of the ports on loopback (chain, broker, one for each oracle, Deeploy); 0: any free ones. */
  readonly port: number;
  /** Keep the keepers' data here; undefined: a temporary folder, removed at the end. */
  readonly dataDir: string | undefined;
  /** Print the keepers' logs instead of the live view. */
  readonly logs: boolean;
}

/** A node is available in a slot when it was heard once in it. */
export const SLOT_SECONDS = 2;

/** Ports in use when the first one is given. */
export const PORTS = 7;

const HELP = `
Ports: the chain's JSON-RPC listens on <port>, the MQTT broker on the next one, the oracles' APIs on the four after it, Deeploy
on the one after those; the nodes' gateways on any free ones.
Containers run in the Docker Engine that answers at DOCKER_HOST (unix://…) or at /var/run/docker.sock; else, for root, in one that
is started for this network alone; else they are only pretended, and it says so.
Ctrl-C ends it cleanly. Exit status: 0 done, 1 something went wrong, 2 wrong usage.`;

/** Where help and complaints go. */
export interface UsageOutput {
  readonly output: { write(text: string): unknown };
  readonly errors: { write(text: string): unknown };
}

/** @throws CommanderError with its exit code, after its message was written, for arguments that make no sense and for --help */
export function parseOptions(argv: readonly string[], { output, errors }: UsageOutput): NetworkOptions {
  const program = new Command("npm start --")
    .description(
      "Runs the whole protocol on this machine: chain, broker, oracles and nodes, from no R1 to minted rewards and a paid job.",
    )
    .option("--epochs <n>", "how many committed epochs the report covers", whole(1, 1000))
    .option("--exit", "end the process after those epochs (needs --epochs)", false)
    .option("--report <file>", "write a JSON report after those epochs (needs --epochs)")
    .option("--nodes <n>", "operators that buy a Node Deed and run a node", whole(6, 12), 6)
    .option("--epoch-seconds <n>", `length of an epoch, a multiple of the ${SLOT_SECONDS} s slot`, slots(16, 3600), 48)
    .option("--port <n>", "first of the ports; 0: any free ones", whole(0, 65_536 - PORTS), 8545)
    .option("--data <folder>", "keep the keepers' data in this folder, which must be empty")
    .option("--logs", "print the keepers' logs instead of the live view", false)
    .addHelpText("after", HELP)
    .configureOutput({ writeOut: (text) => output.write(text), writeErr: (text) => errors.write(text) })
    .exitOverride()
    .parse([...argv], { from: "user" });
  const { data, epochs, report, ...given } = program.opts<Given>();
  const usage = { exitCode: 2 };
  if (given.exit && epochs === undefined) program.error("error: --exit needs --epochs: when should it end?", usage);
  if (report !== undefined && epochs === undefined) {
    program.error("error: --report needs --epochs: how many epochs should it cover?", usage);
  }
  return { ...given, epochs, report, dataDir: data };
}

interface Given extends Pick<NetworkOptions, "exit" | "nodes" | "epochSeconds" | "port" | "logs"> {
  readonly epochs?: number;
  readonly report?: string;
  readonly data?: string;
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Want a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

function slots(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = whole(least, most)(text);
    if (value % SLOT_SECONDS !== 0) throw new InvalidArgumentError(`Want a multiple of ${SLOT_SECONDS}.`);
    return value;
  };
}

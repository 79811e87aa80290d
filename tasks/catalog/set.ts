import { parseUnits } from "ethers";

import { KeeperError } from "../../keepers/core/errors.js";
import { action } from "../lib/action.js";
import { govern, type GovernorArguments } from "../lib/govern.js";

interface SetArguments extends GovernorArguments {
  readonly id: number;
  readonly name: string;
  readonly price: string | undefined;
  readonly cpu: string;
  readonly memory: string;
  readonly disk: string;
  readonly gpu: boolean;
  readonly withdrawn: boolean;
}

const PRICE_DECIMALS = 8;
const MILLI = 1_000;
const MIB_PER_GIB = 1_024;
const MOST_IDS = 65_535;

export default action<SetArguments>(async (args, session) => {
  const { id, name, gpu, withdrawn } = args;
  if (id < 1 || id > MOST_IDS) throw new KeeperError("CLASS_INVALID", `id: got ${id}, want 1 to ${MOST_IDS}`);
  const offer = {
    price: dollars(args.price),
    milliCpu: amount(args.cpu, MILLI, "--cpu", gpu),
    memoryMiB: amount(args.memory, MIB_PER_GIB, "--memory", gpu),
    diskMiB: amount(args.disk, MIB_PER_GIB, "--disk", gpu),
    isGpu: gpu,
    isOffered: !withdrawn,
  };
  const { resourceCatalog } = (await session.protocol()).contracts;
  return govern(args, session, {
    label: `setting class ${name}`,
    transaction: await resourceCatalog.setClass.populateTransaction(id, name, offer),
    done: () => ({
      json: { id, name, ...offer },
      lines: [`Class ${id}, ${name}, is ${withdrawn ? "withdrawn" : "offered"} from now on; running jobs keep theirs.`],
    }),
  });
});

function dollars(text: string | undefined): bigint {
  if (text !== undefined && /^\d{1,9}(?:\.\d{1,8})?$/u.test(text)) return parseUnits(text, PRICE_DECIMALS);
  const got = text === undefined ? "nothing" : JSON.stringify(text);
  throw new KeeperError("PRICE_INVALID", `--price: got ${got}, want US dollars per epoch and node, such as 0.75`);
}

/** A class has all three, a GPU add-on none. */
function amount(text: string, unit: number, what: string, isGpu: boolean): number {
  const value = /^\d{1,6}(?:\.\d{1,6})?$/u.test(text) ? Number(text) * unit : Number.NaN;
  const isRight = isGpu ? value === 0 : Number.isInteger(value) && value > 0;
  if (isRight) return value;
  const wants = isGpu ? "nothing: a GPU add-on brings the GPU alone" : "a number above zero, such as 4 or 0.5";
  throw new KeeperError("CLASS_INVALID", `${what}: got ${JSON.stringify(text)}, want ${wants}`);
}

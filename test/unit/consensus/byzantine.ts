import { type SeededRandom } from "../../../keepers/core/random.js";
import { type OracleMessage, signMessage } from "../../../keepers/protocol/oracleMessages.js";
import { type Value, ZERO_HASH } from "../../../keepers/protocol/oracleValue.js";
import { bytesToHex } from "../../../keepers/protocol/bytes.js";
import { type SigningKey } from "../../../keepers/protocol/signing.js";
import { CONTEXT } from "./world.js";

/** One thing said, to some (or all) oracles; an envelope goes out as it is. */
export interface Said {
  readonly message?: OracleMessage;
  readonly envelope?: Uint8Array;
  readonly to?: readonly number[];
}

export interface Intention {
  /** What an honest oracle in this place would say. */
  readonly message: OracleMessage;
  readonly key: SigningKey;
  /** Everybody's, for the number of oracles and their addresses; using another's key would be forgery, and is not Byzantine. */
  readonly keys: readonly SigningKey[];
  readonly random: SeededRandom;
}

/** What it says instead. */
export type Behaviour = (intention: Intention) => readonly Said[];

export const silent: Behaviour = () => [];

/** Seals and votes, and never opens. */
export const withholder: Behaviour = ({ message }) => (message.kind === "report" ? [] : [{ message }]);

/** Opens to one oracle only. */
export const whisperer: Behaviour = ({ message, random, keys }) =>
  message.kind === "report" ? [{ message, to: [random.integer(keys.length)] }] : [{ message }];

/** Tells two halves two different things, whatever it says; also votes for what nobody proposed. */
export const equivocator: Behaviour = ({ message, random, keys }) => {
  const left = keys.map((_, index) => index).filter(() => random.next() < 0.5);
  const right = keys.map((_, index) => index).filter((index) => !left.includes(index));
  const other = otherThan(message, random);
  return [
    { message, to: left },
    { message: other, to: right },
    ...(random.next() < 0.3 ? [{ message: other, to: left }] : []),
  ];
};

/** Proposes a wrong root, or a skip when there are reports; votes as if it were right. */
export const liar: Behaviour = ({ message, random }) => {
  if (message.kind !== "proposal" || message.value.type === "skip") return [{ message }];
  const value: Value = random.next() < 0.5 ? { type: "skip" } : { ...message.value, root: hash(random) };
  return [{ message: { ...message, value } }];
};

/** Reports extremes, and says everything in others' names too. */
export const forger: Behaviour = ({ message, key, keys, random }) => {
  const other = keys[random.integer(keys.length)]!;
  const forged = signMessage(key, CONTEXT, message);
  forged.set(Buffer.from(other.address.slice(2), "hex"), 2 + 8 + 20 + 8 + 4);
  return [{ message }, { envelope: forged }];
};

/** Many rounds ahead, many votes, old claims of validity. */
export const flooder: Behaviour = ({ message, random }) => {
  const said: Said[] = [{ message }];
  for (let i = 0; i < 8; i++) {
    const vote = { kind: random.next() < 0.5 ? "prevote" : "precommit", round: random.integer(1000) } as const;
    const { epoch, attempt, sender } = message;
    said.push({ message: { epoch, attempt, sender, ...vote, valueId: hash(random) } });
  }
  return said;
};

export const BEHAVIOURS = { silent, withholder, whisperer, equivocator, liar, forger, flooder };

function otherThan(message: OracleMessage, random: SeededRandom): OracleMessage {
  switch (message.kind) {
    case "seal":
      return { ...message, reportHash: hash(random) };
    case "report":
      return { ...message, bytes: message.bytes.map(() => random.integer(256)) };
    case "proposal":
      return message.value.type === "skip" ? message : { ...message, validRound: undefined, value: { type: "skip" } };
    case "prevote":
    case "precommit":
      return { ...message, valueId: random.next() < 0.5 ? ZERO_HASH : hash(random) };
    default:
      return message;
  }
}

function hash(random: SeededRandom): string {
  return bytesToHex(random.bytes(32));
}

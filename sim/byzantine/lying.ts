import type { EpochConfig, EpochState } from "../../keepers/oracle/consensus/types.js";
import type { Address, Hash } from "../../keepers/protocol/bytes.js";
import {
  availabilityCredit,
  dataHash,
  decodeLeafFile,
  encodeLeafFile,
  nextLeafFile,
  treeOf,
} from "../../keepers/protocol/leafFile.js";
import type { MessageOf, OracleMessage } from "../../keepers/protocol/oracleMessages.js";
import { type ReportsValue, type Value, ZERO_HASH } from "../../keepers/protocol/oracleValue.js";
import { compactSignature } from "../../keepers/protocol/signing.js";
import {
  hashOf,
  idOf,
  type MakeBehaviour,
  openedReports,
  otherValue,
  pick,
  type Puppet,
  randomHash,
  rightValue,
  someOf,
  valueOf,
} from "./puppet.js";

/** Tells one half one thing and the other half another, whatever it says, and is consistent towards each. */
export const equivocator: MakeBehaviour = (puppet) => {
  const left = someOf(puppet);
  const right = puppet.others.filter((oracle) => !left.includes(oracle));
  const reports = new Map<bigint, MessageOf<"report">>();
  const other = (message: OracleMessage): OracleMessage => {
    switch (message.kind) {
      case "seal":
        return { ...message, reportHash: hashOf(otherReport(message)) };
      case "report":
        return otherReport(message);
      case "proposal":
        return { ...message, validRound: undefined, value: otherValue(puppet, message.value) };
      case "prevote":
      case "precommit":
        return { ...message, valueId: otherId(puppet, message) };
      default:
        return message;
    }
  };
  const otherReport = ({ epoch, attempt, sender }: OracleMessage): MessageOf<"report"> => {
    const links = puppet.state()?.config;
    const made = reports.get(epoch) ?? {
      ...{ kind: "report", epoch, attempt, sender, salt: randomHash(puppet) },
      subjectsHash: links?.subjectsHash ?? ZERO_HASH,
      bytes: puppet.random.bytes(links?.subjectCount ?? 0),
    };
    reports.set(epoch, made);
    return made;
  };
  return {
    onSay: ({ message, envelope }) => {
      puppet.send(envelope, left);
      puppet.say(other(message), right);
      if (puppet.random.next() < 0.2) puppet.say(other(message), left);
    },
  };
};

/** Votes for every proposal there is, at once and in both steps, and for nothing too. */
export const doubleVoter: MakeBehaviour = (puppet) => ({
  onSay: ({ envelope }) => puppet.send(envelope),
  onHear: ({ message }) => {
    if (message.kind !== "proposal") return;
    const { epoch, attempt, round } = message;
    const valueId = idOf(message);
    for (const kind of ["prevote", "precommit"] as const) {
      const vote = { kind, epoch, attempt, sender: puppet.key.address, round } as const;
      puppet.say({ ...vote, valueId });
      puppet.say({ ...vote, valueId: ZERO_HASH }, someOf(puppet));
    }
  },
});

/**
 * Speaks in others' names: as an epoch begins it makes up a whole decision, in the leader's and everybody's name: for one
 * half to skip the epoch, for the other half of some reports. Its bytes are often no message at all.
 */
export const forger: MakeBehaviour = (puppet) => {
  const begun = new Set<string>();
  const makeUp = ({ epoch, attempt, leaders }: EpochConfig, round: number, value: Value, to: readonly Address[]) => {
    const sender = leaders[round % leaders.length] ?? puppet.key.address;
    const proposal = { kind: "proposal", epoch, attempt, sender, round, validRound: undefined, value } as const;
    puppet.say(proposal, to);
    const valueId = idOf(proposal);
    for (const member of puppet.others) {
      for (const kind of ["prevote", "precommit"] as const) {
        puppet.say({ kind, epoch, attempt, sender: member, round, valueId }, to);
      }
    }
  };
  return {
    onSay: ({ message, envelope }) => {
      puppet.send(envelope);
      puppet.say({ ...message, sender: pick(puppet, puppet.others) });
      if (puppet.random.next() < 0.3) puppet.send(envelope.slice(0, puppet.random.integer(envelope.length)));
    },
    onHear: () => {
      const config = puppet.state()?.config;
      const place = config && `${config.epoch}/${config.attempt}`;
      if (!place || begun.has(place)) return;
      begun.add(place);
      const left = someOf(puppet);
      const right = puppet.others.filter((oracle) => !left.includes(oracle));
      for (const round of [0, 1]) makeUp(config, round, { type: "skip" }, left);
      for (const round of [0, 1]) makeUp(config, round, inventedValue(puppet, config), right);
    },
  };
};

function inventedValue(puppet: Puppet, { previousRoot }: EpochConfig): Value {
  const [root, dataHash, reportHash] = [randomHash(puppet), randomHash(puppet), randomHash(puppet)];
  const set = [{ oracle: puppet.key.address, reportHash }];
  return { type: "reports", previousRoot, root, dataHash, leafCount: 1n, set };
}

/** Proposes what does not follow from the reports, has a leaf file to go with it, and votes as if it were right. */
export const liar: MakeBehaviour = (puppet) => {
  const files = new Map<Hash, Uint8Array>();
  return {
    onSay: ({ message, envelope }) => {
      if (message.kind !== "proposal") return puppet.send(envelope);
      const state = puppet.state();
      const value = state && wrongValue(puppet, state, files);
      puppet.say(value ? { ...message, validRound: undefined, value } : message);
    },
    onHear: ({ message }) => {
      if (message.kind !== "request" || message.what !== "leaves") return;
      const file = files.get(message.key);
      const { epoch, attempt } = message;
      if (file) puppet.say({ kind: "leaves", epoch, attempt, sender: puppet.key.address, file });
    },
  };
};

/** Answers who asks for a leaf file with wrong ones; hands out decisions that prove nothing, another to each half. */
export const leafLiar: MakeBehaviour = (puppet) => {
  const files = new Map<bigint, Uint8Array>();
  const answer = ({ epoch, attempt }: OracleMessage) => {
    const header = { kind: "leaves", epoch, attempt, sender: puppet.key.address } as const;
    const known = files.get(epoch);
    if (!known) {
      puppet.say({ ...header, file: puppet.random.bytes(90) });
      return;
    }
    const file = decodeLeafFile(known);
    const entries = file.entries.map((entry) => ({ ...entry, cumulative: entry.cumulative + 1n }));
    puppet.say({ ...header, file: encodeLeafFile({ ...file, entries }) });
    puppet.say({ ...header, file: encodeLeafFile({ ...file, entries: file.entries.slice(1) }) });
    puppet.say({ ...header, file: known.slice(0, -1) });
  };
  return {
    onSay: ({ message, envelope }) => {
      if (message.kind === "prevote") decideFalsely(puppet);
      if (message.kind !== "leaves") return puppet.send(envelope);
      files.set(message.epoch, message.file);
      // To all but one: whoever else would answer that one thinks that it is done.
      puppet.say(message, puppet.others.slice(1));
    },
    onHear: ({ message }) => {
      if (message.kind === "leaves" && isLeafFile(message.file)) files.set(message.epoch, message.file);
      if (message.kind !== "request") return;
      if (message.what === "leaves") answer(message);
      else decideFalsely(puppet);
    },
  };
};

function isLeafFile(bytes: Uint8Array): boolean {
  try {
    return decodeLeafFile(bytes).entries.length > 0;
  } catch {
    return false;
  }
}

/** With signatures that are none. */
function decideFalsely(puppet: Puppet): void {
  const config = puppet.state()?.config;
  if (!config) return;
  const { epoch, attempt, members } = config;
  const certificate = members.map((oracle) => ({ oracle, signature: puppet.random.bytes(65) }));
  const left = someOf(puppet);
  const right = puppet.others.filter((oracle) => !left.includes(oracle));
  const decision = { kind: "decision", epoch, attempt, sender: puppet.key.address, round: 0, certificate } as const;
  puppet.say({ ...decision, value: { type: "skip" } }, left);
  puppet.say({ ...decision, value: inventedValue(puppet, config) }, right);
}

/** Signs reports that nobody decided, and hands out signatures that are none. */
export const missigner: MakeBehaviour = (puppet) => ({
  onSay: ({ message, envelope }) => {
    if (message.kind !== "signature") return puppet.send(envelope);
    const digest = puppet.random.bytes(32);
    const compact = compactSignature(puppet.key.sign(digest));
    const said = [
      { ...message, compact },
      { ...message, compact: puppet.random.bytes(64) },
      { ...message, reportDigest: randomHash(puppet) },
      message,
    ];
    puppet.say(pick(puppet, said), someOf(puppet));
  },
});

function otherId(puppet: Puppet, { round, valueId }: MessageOf<"prevote" | "precommit">): Hash {
  if (valueId !== ZERO_HASH && puppet.random.next() < 0.5) return ZERO_HASH;
  const known = [...(puppet.state()?.rounds.values() ?? [])].flatMap(({ proposal }) => proposal?.id ?? []);
  const ids = known.filter((id) => id !== valueId);
  return ids.length > 0 && round >= 0 ? pick(puppet, ids) : randomHash(puppet);
}

function wrongValue(puppet: Puppet, state: EpochState, files: Map<Hash, Uint8Array>): Value {
  const right = rightValue(puppet, state);
  if (!right) return madeUp(puppet, state, files);
  const [first] = right.set;
  const own = openedReports(state).filter(({ oracle }) => oracle === puppet.key.address);
  switch (puppet.random.integer(7)) {
    case 0:
      return { type: "skip" };
    case 1:
      return { ...right, set: right.set.slice(1) };
    case 5:
      return own.length > 0 ? valueOf(state, own) : right;
    case 2:
      return { ...right, previousRoot: randomHash(puppet) };
    case 3:
      return { ...right, set: first ? [{ ...first, reportHash: randomHash(puppet) }, ...right.set.slice(1)] : [] };
    case 4:
      return { ...right, leafCount: right.leafCount + 1n };
    default:
      return { ...madeUp(puppet, state, files), set: right.set };
  }
}

/** A leaf file of its own: it gives every deed the most. */
function madeUp({ key }: Puppet, { config }: EpochState, files: Map<Hash, Uint8Array>): ReportsValue {
  const { context, epoch, previousRoot } = config;
  const credits = Array.from({ length: config.subjectCount }, (_, i) =>
    availabilityCredit((1n << 248n) | BigInt(i + 1), 255),
  );
  const file = nextLeafFile({ ...context, epoch, previousRoot }, [], credits);
  const encoded = encodeLeafFile(file);
  const hash = dataHash(encoded);
  files.set(hash, encoded);
  const commitment = { root: treeOf(file).root, dataHash: hash, leafCount: BigInt(file.entries.length) };
  return { type: "reports", previousRoot, ...commitment, set: [{ oracle: key.address, reportHash: hash }] };
}

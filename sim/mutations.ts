/** A text in a file, and what takes its place. */
export interface Edit {
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** One guard of the oracles' code taken away. */
export interface Mutation {
  readonly what: string;
  readonly edits: readonly Edit[];
}

const consensus = (file: string) => `keepers/oracle/consensus/${file}`;
const epoch = (file: string) => `keepers/oracle/epoch/${file}`;
const validation = (file: string) => `keepers/oracle/validation/${file}`;

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  lock: {
    what: "an oracle that locked on a value votes for any other one that is right",
    edits: [
      {
        file: consensus("rounds.ts"),
        find: '  const { lock } = work.state;\n  if (lock && lock.id !== proposal.id) return voted(work, "prevote", ZERO_HASH);\n',
        replace: "",
      },
      {
        file: consensus("rounds.ts"),
        find: "const isFree = !lock || lock.round <= validRound || lock.id === proposal.id;",
        replace: "const isFree = lock !== undefined || true;",
      },
    ],
  },
  "lock-log": {
    what: "after a restart an oracle does not remember what it locked on",
    edits: [
      {
        file: consensus("epoch.ts"),
        find: "update(work, locked ? { round, valid, lock: { round, id: valid.id } } : { round, valid });",
        replace: "if (!locked) update(work, { round, valid });\n  return;",
      },
    ],
  },
  log: {
    what: "after a restart the voting log is empty",
    edits: [
      {
        file: epoch("votingLog.ts"),
        find: "for await (const bytes of journal.replay()) log.#read(new ByteReader(bytes));",
        replace: "await journal.truncate();",
      },
    ],
  },
  fsync: {
    what: "the log does not wait for the disk",
    edits: [
      {
        file: "keepers/storage/fileJournal.ts",
        find: "await this.#file.sync().catch((cause: unknown) => this.#break(cause));",
        replace: "",
      },
    ],
  },
  signers: {
    what: "nobody checks that a message is signed by its sender",
    edits: [
      {
        file: validation("envelope.ts"),
        find: 'if (messageSigner(decoded) !== preview.sender) return { kind, ...refuse("forged") };',
        replace: "messageSigner(decoded);",
      },
    ],
  },
  certificate: {
    what: "a decision needs no proof",
    edits: [
      {
        file: validation("decision.ts"),
        find: 'return isDecisionProven(config, message) ? ACCEPT : refuse("bad-certificate");',
        replace: 'return isDecisionProven(config, message) ? ACCEPT : (refuse("bad-certificate"), ACCEPT);',
      },
    ],
  },
  recompute: {
    what: "an oracle believes the root that the leader gives",
    edits: [
      {
        file: consensus("values.ts"),
        find: "return isSame(state.config.commitmentOf(reports), value) ? VALID : INVALID;",
        replace: "return isSame(state.config.commitmentOf(reports), value) || reports.length > 0 ? VALID : INVALID;",
      },
    ],
  },
  "set-size": {
    what: "a value may be made of fewer reports than a quorum",
    edits: [
      {
        file: consensus("values.ts"),
        find: "if (previousRoot !== state.config.previousRoot || set.length < state.quorum) return INVALID;",
        replace: "if (previousRoot !== state.config.previousRoot || set.length === 0) return INVALID;",
      },
    ],
  },
  quorum: {
    what: "a quorum is one less than it should be",
    edits: [
      {
        file: "keepers/protocol/quorum.ts",
        find: "Math.max(Math.floor((2 * size) / 3) + 1, SMALLEST_QUORUM)",
        replace: "Math.max(Math.floor((2 * size) / 3), SMALLEST_QUORUM - 1)",
      },
    ],
  },
  polka: {
    what: "an oracle believes the leader that a quorum prevoted for a value before",
    edits: [
      {
        file: consensus("rounds.ts"),
        find: "if (countFor(roundOf(work.state, validRound).prevotes, proposal.id) < work.state.quorum) return false;",
        replace: "",
      },
    ],
  },
  promise: {
    what: "an oracle does not remember which report of an epoch it signed",
    edits: [
      {
        file: epoch("votingLog.ts"),
        find: "if (before && before.digest !== digest) return false;",
        replace: "",
      },
      {
        file: epoch("votingLog.ts"),
        find: "return this.#signed.get(epoch)?.digest;",
        replace: "return this.#signed.size < 0 ? epoch.toString() : undefined;",
      },
    ],
  },
  leaves: {
    what: "an oracle that catches up believes any leaf file",
    edits: [
      {
        file: validation("leaves.ts"),
        find: "const lacking = wanted.get(hash);",
        replace: "const lacking = [...wanted.values()][0];\n  if (lacking) return ACCEPT;",
      },
      {
        file: epoch("leafExchange.ts"),
        find: "this.#wanted.get(hash)?.found(message.file);",
        replace: "for (const { found } of this.#wanted.values()) found(message.file);",
      },
      {
        file: "keepers/storage/fileEpochStore.ts",
        find: "checkDataHash(epoch, bytes, meta);",
        replace: "",
      },
    ],
  },
  resend: {
    what: "nothing is said twice",
    edits: [
      {
        file: consensus("catchUp.ts"),
        find: "    if (message) broadcast(work, message);",
        replace: "    if (message && state.round < -1) broadcast(work, message);",
      },
    ],
  },
};

import { expect } from "chai";
import { SeededRandom } from "../../../keepers/core/random.js";
import { startEpoch } from "../../../keepers/oracle/consensus/epoch.js";
import { transition } from "../../../keepers/oracle/consensus/machine.js";
import type { Effect, EpochState } from "../../../keepers/oracle/consensus/types.js";
import { ROUNDS_AHEAD } from "../../../keepers/oracle/validation/rounds.js";
import type { OracleBody } from "../../../keepers/protocol/oracleBodies.js";
import type { DecodedOracleMessage, OracleHeader } from "../../../keepers/protocol/oracleMessages.js";
import { ATTEMPT, EPOCH, epochConfig, LINKS, observation, oracleKeys } from "./world.js";

const MESSAGES = 100_000;
const KEYS = oracleKeys(4);
const FLOODER = KEYS[1]!.address;
const HEADER: OracleHeader = { epoch: EPOCH, attempt: ATTEMPT, sender: FLOODER };

function hashOf(index: number): string {
  return `0x${index.toString(16).padStart(64, "0")}`;
}

/** Near rounds, in which messages are kept, and far ones. */
function roundOf(index: number): number {
  return index % 3 === 0 ? 1_000 + index : index % (ROUNDS_AHEAD + 1);
}

const BODIES: Readonly<Record<string, (index: number) => OracleBody>> = {
  seal: (index) => ({ kind: "seal", reportHash: hashOf(index) }),
  report: (index) => ({
    ...{ kind: "report", salt: hashOf(index), subjectsHash: hashOf(index) },
    bytes: new Uint8Array(LINKS.length),
  }),
  proposal: (index) => ({
    ...{ kind: "proposal", round: roundOf(index), validRound: undefined },
    value: {
      ...{ type: "reports", previousRoot: hashOf(0), root: hashOf(index), dataHash: hashOf(index), leafCount: 1n },
      set: KEYS.map(({ address }) => ({ oracle: address, reportHash: hashOf(index) })),
    },
  }),
  prevote: (index) => ({ kind: "prevote", round: roundOf(index), valueId: hashOf(index) }),
  precommit: (index) => ({ kind: "precommit", round: roundOf(index), valueId: hashOf(index) }),
  request: (index) => ({ kind: "request", what: "report", key: hashOf(index) }),
  decision: (index) => ({
    ...{ kind: "decision", round: index, value: { type: "skip" } },
    certificate: KEYS.map(({ address: oracle }) => ({ oracle, signature: new Uint8Array(65) })),
  }),
  leaves: (index) => ({ kind: "leaves", file: Uint8Array.of(index) }),
};

/** As if its signature had been checked. */
function heard(body: OracleBody): DecodedOracleMessage {
  const empty = new Uint8Array();
  return { message: { ...body, ...HEADER }, envelope: empty, digest: empty, signature: empty };
}

/** Everything that one member can make the machine keep. */
function keptOf(state: EpochState) {
  const rounds = [...state.rounds.values()];
  const votesOf = (step: "prevotes" | "precommits") => rounds.map((round) => round[step].get(FLOODER)?.length ?? 0);
  return {
    members: state.members.size,
    rounds: rounds.length,
    proposals: rounds.filter(({ proposal }) => proposal).length,
    mostVotes: Math.max(0, ...votesOf("prevotes"), ...votesOf("precommits")),
    sent: state.sent.size,
    timers: state.timers.size,
    exchanged: state.exchanged.size,
  };
}

describe(`an agreement in which a member sends ${MESSAGES.toLocaleString("en")} messages of each kind`, () => {
  let state: EpochState;
  let said: Effect[];

  function flood(bodyOf: (index: number) => OracleBody): void {
    for (let index = 1; index <= MESSAGES; index += 1) {
      const next = transition(state, { type: "message", decoded: heard(bodyOf(index)) });
      state = next.state;
      for (const effect of next.effects) if (effect.type !== "reject") said.push(effect);
    }
  }

  beforeEach(() => {
    state = startEpoch(epochConfig(KEYS, KEYS[0]!), observation([1, 2, 3, 4, 5], "flood")).state;
    said = [];
  });

  function check(): void {
    const kept = keptOf(state);
    expect(kept.members).to.be.at.most(KEYS.length);
    expect(kept.rounds).to.be.at.most(ROUNDS_AHEAD + 1);
    expect(kept.mostVotes, "two, and one for each proposed value").to.be.at.most(2 + kept.proposals);
    expect(kept.proposals, "rounds that it leads").to.be.at.most(Math.ceil((ROUNDS_AHEAD + 1) / KEYS.length));
    expect(kept.sent + kept.timers).to.be.at.most(8);
    expect(kept.exchanged).to.be.at.most(KEYS.length);
    // Once a round and step there is evidence, and once a member its seals go out again.
    expect(said.length).to.be.at.most(5 + 3 * (ROUNDS_AHEAD + 1));
  }

  for (const [kind, bodyOf] of Object.entries(BODIES)) {
    it(`keeps a bounded number of its ${kind}s, and says a bounded number of things about them`, () => {
      flood(bodyOf);
      check();
    }).timeout(60_000);
  }

  it("keeps bounded what it sends of all kinds, mixed", () => {
    const random = new SeededRandom("mixed flood");
    const kinds = Object.values(BODIES);
    flood((index) => kinds[random.integer(kinds.length)]!(index));
    check();
  }).timeout(60_000);
});

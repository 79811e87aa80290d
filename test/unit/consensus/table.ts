import { startEpoch } from "../../../keepers/oracle/consensus/epoch.js";
import { transition } from "../../../keepers/oracle/consensus/machine.js";
import {
  type Effect,
  type EpochConfig,
  type EpochState,
  type OwnObservation,
  type TimeoutKind,
  type Transition,
} from "../../../keepers/oracle/consensus/types.js";
import { type OracleBody } from "../../../keepers/protocol/oracleBodies.js";
import {
  type DecodedOracleMessage,
  decodeMessage,
  type MessageOf,
  type OracleMessage,
} from "../../../keepers/protocol/oracleMessages.js";
import { type Value, valueId } from "../../../keepers/protocol/oracleValue.js";
import { type SigningKey } from "../../../keepers/protocol/signing.js";
import { ATTEMPT, CONTEXT, EPOCH, epochConfig, observation, oracleKeys, recomputation, sealed } from "./world.js";

export interface Seat {
  readonly key: SigningKey;
  readonly config: EpochConfig;
  state: EpochState;
  readonly effects: Effect[];
  readonly journal: Uint8Array[];
}

type Match = (message: OracleMessage, from: number) => boolean;

/** Machines whose messages are delivered by hand: nothing arrives unless the test says so, except to oneself. */
export class Table {
  readonly keys: readonly SigningKey[];
  readonly seats: Seat[];
  readonly said: { readonly from: number; readonly decoded: DecodedOracleMessage }[] = [];

  /** One machine for each index in `seated`; the test speaks for the others. Round `r` is led by index `r mod size`. */
  constructor(size: number, seated: readonly number[] = Array.from({ length: size }, (_, index) => index)) {
    this.keys = oracleKeys(size);
    this.seats = [];
    for (const index of seated) {
      const config = epochConfig(this.keys, this.keys[index]!);
      const { state, effects } = startEpoch(config, this.observed(index));
      this.seats[index] = { key: this.keys[index]!, config, state, effects: [], journal: [] };
      this.settle(index, { state, effects });
    }
  }

  observed(index: number): OwnObservation {
    return observation(
      [10, 20, 30, 40, 50].map((value) => value + index),
      `table ${index}`,
    );
  }

  /** What an oracle said of one kind, in order, repetitions included. */
  saidBy<Kind extends OracleBody["kind"]>(from: number, kind: Kind): MessageOf<Kind>[] {
    const messages = this.said.filter((said) => said.from === from).map(({ decoded }) => decoded.message);
    return messages.filter((message): message is MessageOf<Kind> => message.kind === kind);
  }

  /** Signs a message in the name of `from`, who may have no machine. */
  speak(from: number, body: OracleBody, epoch = EPOCH): DecodedOracleMessage {
    return sealed(this.keys[from]!, { ...body, epoch, attempt: ATTEMPT, sender: this.keys[from]!.address });
  }

  give(to: number, decoded: DecodedOracleMessage): readonly Effect[] {
    return this.settle(to, transition(this.seats[to]!.state, { type: "message", decoded }));
  }

  /** Delivers all that was said so far and matches. */
  deliver(match: Match, to: readonly number[]): void {
    const matching = this.said.filter(({ decoded, from }) => match(decoded.message, from));
    for (const { decoded } of matching) for (const seat of to) this.give(seat, decoded);
  }

  timeout(seat: number, kind: TimeoutKind, round = 0): readonly Effect[] {
    return this.settle(seat, transition(this.seats[seat]!.state, { type: "timeout", timeout: { kind, round } }));
  }

  /** The report that an oracle would open if it told the truth. */
  report(index: number): MessageOf<"report"> {
    const { subjectsHash } = epochConfig(this.keys, this.keys[index]!);
    const header = { epoch: EPOCH, attempt: ATTEMPT, sender: this.keys[index]!.address };
    return { kind: "report", ...header, subjectsHash, ...this.observed(index) };
  }

  /** The value that follows from these oracles' true reports. */
  valueOf(hashOf: (index: number) => string, set: readonly number[]): Value {
    const reports = set.map((index) => ({
      oracle: this.keys[index]!.address,
      reportHash: hashOf(index),
      bytes: this.observed(index).bytes,
    }));
    const { previousRoot } = epochConfig(this.keys, this.keys[0]!);
    const references = reports.map(({ oracle, reportHash }) => ({ oracle, reportHash }));
    return { type: "reports", previousRoot, ...recomputation().commitmentOf(reports), set: references };
  }

  idOf(value: Value): string {
    return valueId(EPOCH, value);
  }

  /** Own words go to oneself at once, as the shell does; relays are decoded and kept like words. */
  settle(index: number, { state, effects }: Transition): readonly Effect[] {
    const seat = this.seats[index]!;
    seat.state = state;
    seat.effects.push(...effects);
    for (const effect of effects) {
      if (effect.type === "persist") seat.journal.push(effect.record);
      if (effect.type === "relay") this.said.push({ from: index, decoded: decodeMessage(effect.envelope, CONTEXT) });
      if (effect.type === "broadcast") this.#hear(index, sealed(seat.key, effect.message));
    }
    return effects;
  }

  #hear(index: number, decoded: DecodedOracleMessage): void {
    this.said.push({ from: index, decoded });
    this.give(index, decoded);
  }
}

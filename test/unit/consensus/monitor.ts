import { expect } from "chai";
import { isDecisionProven } from "../../../keepers/oracle/consensus/certificate.js";
import { messageRecord } from "../../../keepers/oracle/consensus/records.js";
import { type Decided, type EpochConfig } from "../../../keepers/oracle/consensus/types.js";
import { bytesToHex } from "../../../keepers/protocol/bytes.js";
import { encodeMessage, type OracleMessage } from "../../../keepers/protocol/oracleMessages.js";
import { valueId } from "../../../keepers/protocol/oracleValue.js";
import { lowerMedians } from "../../../keepers/protocol/median.js";
import { ATTEMPT, CONTEXT, EPOCH, LINKS, recomputation } from "./world.js";

const SAID_ONCE = new Set(["seal", "report", "proposal", "prevote", "precommit"]);

/** Watches honest oracles from outside the machine, and throws at the first broken promise. */
export class Monitor {
  readonly #said = new Map<string, string>();
  readonly #decisions = new Map<string, string>();
  #agreed: string | undefined;

  /** Before it is signed: on disk first, and never two of a kind. */
  onBroadcast(message: OracleMessage, journal: readonly Uint8Array[]): void {
    if (!SAID_ONCE.has(message.kind)) return;
    this.#checkPersisted(message, journal);
    const place = `${message.sender} ${message.kind} ${"round" in message ? message.round : ""}`;
    const bytes = bytesToHex(encodeMessage(CONTEXT, message));
    const before = this.#said.get(place);
    if (before !== undefined && before !== bytes) throw new Error(`${place}: said two things`);
    this.#said.set(place, bytes);
  }

  onDecided({ me, members }: EpochConfig, { decision }: Decided): void {
    const id = valueId(EPOCH, decision.value);
    this.#agreed ??= id;
    if (id !== this.#agreed) throw new Error(`${me} decided ${id}, another ${this.#agreed}`);
    const rules = { context: CONTEXT, epoch: EPOCH, attempt: ATTEMPT, members };
    if (!isDecisionProven(rules, decision)) throw new Error(`${me}: the certificate does not prove the decision`);
    this.#decisions.set(me, id);
  }

  /** Each decided byte lies between the honest oracles' least and largest; the root follows from the named reports. */
  checkValidity(decided: Decided, honest: readonly Uint8Array[], reports: ReadonlyMap<string, Uint8Array>): void {
    const { value } = decided.decision;
    if (value.type === "skip") return;
    const set = value.set.map(({ oracle, reportHash }) => {
      return { oracle, reportHash, bytes: reports.get(reportHash)! };
    });
    const medians = lowerMedians(set.map(({ bytes }) => bytes));
    expect(recomputation().commitmentOf(set).root).to.equal(value.root);
    LINKS.forEach((_, link) => {
      const seen = honest.map((bytes) => bytes[link]!);
      expect(medians[link], `byte ${link}`).to.be.within(Math.min(...seen), Math.max(...seen));
    });
  }

  #checkPersisted(message: OracleMessage, journal: readonly Uint8Array[]): void {
    const record = Buffer.from(messageRecord(CONTEXT, this.#recordOf(message, journal)));
    if (!journal.some((written) => record.equals(written))) {
      throw new Error(`${message.sender} sent a ${message.kind} that is not in its journal`);
    }
  }

  /** A seal stands for its report, which must be on disk too; that is checked when the report goes out. */
  #recordOf(message: OracleMessage, journal: readonly Uint8Array[]): OracleMessage {
    if (message.kind === "seal" && journal.length < 2)
      throw new Error(`${message.sender} sealed what it did not store`);
    return message;
  }
}

import type { Interface } from "ethers";

import {
  EpochLedger__factory,
  JobEscrow__factory,
  NodeDeed__factory,
  NodeRegistry__factory,
  OperatorRegistry__factory,
  OracleRegistry__factory,
  ResourceCatalog__factory,
} from "../../typechain-types/index.js";
import { KeeperError } from "../core/errors.js";
import type { Address, Hash } from "../protocol/bytes.js";
import { DeedKind, deedId } from "../protocol/deedId.js";
import { type EventBody, type OracleRemoval, oracleRemovals } from "./chainEvent.js";
import { addressOf, type Deployment } from "./deployment.js";
import { integer, lower, type Read } from "./eventFields.js";
import { catalogEvents, jobEvents } from "./jobEventDecoder.js";

/** The part of a log that says what happened. */
export interface LogBody {
  readonly address: Address;
  readonly topics: readonly Hash[];
  readonly data: string;
}

/** One event of one contract. */
interface Decoder {
  readonly abi: Interface;
  readonly name: string;
  readonly read: Read;
}

function removalOf(why: bigint): OracleRemoval {
  const removal = oracleRemovals[Number(why)];
  if (removal === undefined) throw new RangeError(`got reason ${why}, want one below ${oracleRemovals.length}`);
  return removal;
}

const nodeEvents: Record<string, Read> = {
  NodeAssociated: ([deed, node, owner, epoch]) => ({
    type: "NodeAssociated",
    deed: integer(deed),
    node: lower(node),
    owner: lower(owner),
    epoch: integer(epoch),
  }),
  NodeDissociated: ([deed, node]) => ({ type: "NodeDissociated", deed: integer(deed), node: lower(node) }),
};

const operatorEvents: Record<string, Read> = {
  OperatorApproved: ([operator, until, verification]) => ({
    type: "OperatorApproved",
    operator: lower(operator),
    until: Number(until),
    verification: Number(verification),
  }),
  OperatorRevoked: ([operator]) => ({ type: "OperatorRevoked", operator: lower(operator) }),
  OperatorBanned: ([operator, reason]) => ({
    type: "OperatorBanned",
    operator: lower(operator),
    reason: String(reason),
  }),
  OperatorUnbanned: ([operator]) => ({ type: "OperatorUnbanned", operator: lower(operator) }),
};

const oracleEvents: Record<string, Read> = {
  OracleAdded: ([oracle, owner]) => ({ type: "OracleAdded", oracle: lower(oracle), owner: lower(owner) }),
  OracleRemoved: ([oracle, owner, why]) => ({
    type: "OracleRemoved",
    oracle: lower(oracle),
    owner: lower(owner),
    why: removalOf(integer(why)),
  }),
  OracleChallenged: ([oracle, by, deadline]) => ({
    type: "OracleChallenged",
    oracle: lower(oracle),
    by: lower(by),
    deadline: Number(deadline),
  }),
  OracleAnswered: ([oracle, deadline]) => ({
    type: "OracleAnswered",
    oracle: lower(oracle),
    deadline: Number(deadline),
  }),
};

const ledgerEvents: Record<string, Read> = {
  EpochCommitted: ([epoch, root, previousRoot, dataHash, leafCount, signers]) => ({
    type: "EpochCommitted",
    epoch: integer(epoch),
    root: lower(root),
    previousRoot: lower(previousRoot),
    dataHash: lower(dataHash),
    leafCount: integer(leafCount),
    signers: integer(signers),
  }),
  EpochDisproved: ([epoch, root, by]) => ({
    type: "EpochDisproved",
    epoch: integer(epoch),
    root: lower(root),
    by: lower(by),
  }),
};

/** A collection's events name its tokens; outside it a deed is known by its class too. */
function deedEvents(kind: DeedKind): Record<string, Read> {
  return {
    DeedBanned: ([tokenId, reason]) => ({
      type: "DeedBanned",
      deed: deedId(kind, integer(tokenId)),
      reason: String(reason),
    }),
    DeedUnbanned: ([tokenId]) => ({ type: "DeedUnbanned", deed: deedId(kind, integer(tokenId)) }),
  };
}

/** Turns logs of the deployment's contracts into events. */
export class EventDecoder {
  readonly #decoders: ReadonlyMap<string, Decoder>;
  /** Contracts whose logs to ask for. */
  readonly addresses: readonly Address[];
  /** First topics to ask for. */
  readonly topics: readonly Hash[];

  /** @throws KeeperError `DEPLOYMENT_INVALID` when a contract is missing */
  constructor(deployment: Deployment) {
    const deed = NodeDeed__factory.createInterface();
    const decoders = [
      ...decodersOf(deployment, "NodeRegistry", NodeRegistry__factory.createInterface(), nodeEvents),
      ...decodersOf(deployment, "OperatorRegistry", OperatorRegistry__factory.createInterface(), operatorEvents),
      ...decodersOf(deployment, "OracleRegistry", OracleRegistry__factory.createInterface(), oracleEvents),
      ...decodersOf(deployment, "EpochLedger", EpochLedger__factory.createInterface(), ledgerEvents),
      ...decodersOf(deployment, "NodeDeed", deed, deedEvents(DeedKind.NODE)),
      ...decodersOf(deployment, "MasterNodeDeed", deed, deedEvents(DeedKind.MASTER)),
      ...decodersOf(deployment, "GenesisNodeDeed", deed, deedEvents(DeedKind.GENESIS)),
      ...optionalDecodersOf(deployment, "JobEscrow", JobEscrow__factory.createInterface(), jobEvents),
      ...optionalDecodersOf(deployment, "ResourceCatalog", ResourceCatalog__factory.createInterface(), catalogEvents),
    ];
    this.#decoders = new Map(decoders.map(({ address, topic, decoder }) => [keyOf(address, topic), decoder]));
    this.addresses = [...new Set(decoders.map(({ address }) => address))];
    this.topics = [...new Set(decoders.map(({ topic }) => topic))];
  }

  /**
   * Undefined for a log that is none of the protocol's events.
   * @throws KeeperError `LOG_INVALID` (retriable: another server may do better) when the bytes are not what the event says
   */
  decode(log: LogBody): EventBody | undefined {
    const decoder = this.#decoders.get(keyOf(log.address.toLowerCase(), log.topics[0] ?? ""));
    if (decoder === undefined) return undefined;
    try {
      return decoder.read(decoder.abi.decodeEventLog(decoder.name, log.data, log.topics));
    } catch (cause) {
      const message = `a log of ${log.address} is no ${decoder.name} event, although its topic says so`;
      throw new KeeperError("LOG_INVALID", message, { retriable: true, cause });
    }
  }
}

function decodersOf(deployment: Deployment, contract: string, abi: Interface, reads: Record<string, Read>) {
  const address = addressOf(deployment, contract);
  return Object.entries(reads).map(([name, read]) => {
    const topic = abi.getEvent(name)?.topicHash;
    if (topic === undefined) throw new KeeperError("EVENT_UNKNOWN", `${contract} has no event ${name}`);
    return { address, topic, decoder: { abi, name, read } };
  });
}

/** For what deployments did not always have. */
function optionalDecodersOf(deployment: Deployment, contract: string, abi: Interface, reads: Record<string, Read>) {
  return deployment.contracts[contract] === undefined ? [] : decodersOf(deployment, contract, abi, reads);
}

function keyOf(address: Address, topic: Hash): string {
  return `${address} ${topic}`;
}

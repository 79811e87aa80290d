/**
 * Two deployments with people in them: one with classes that are mined out within a walk, and one with the schedules of production.
 * What makes them is done by steps of the walk's own kind, so that the model knows of all of it.
 */
import { id, MaxUint256, parseEther, Wallet } from "ethers";

import { PRICE_LIST } from "../../../deploy/modules/classes.js";
import { deployProtocol, ethers, networkHelpers, provider } from "../../helpers/protocol.js";
import { GENESIS, issueGenesis, issueMaster, MASTER, NODE } from "../model/deeds.js";
import { deedId } from "../model/merkle.js";
import { associate, consentDigest } from "../model/nodes.js";
import { approveOperator } from "../model/operators.js";
import { addOracle } from "../model/oracles.js";
import { buy } from "../model/prices.js";
import { type ContractName, emptyState, type Setting, type State } from "../model/state.js";
import { approve, mint } from "../model/token.js";
import { Chain, type Deployed } from "./chain.js";
import type { Cast, Step } from "./context.js";

export interface World {
  readonly chain: Chain;
  readonly cast: Cast;
  /** As it is when a walk begins. */
  readonly state: State;
}

const TIMES = { epochDuration: 10_000n, activationDelay: 600n, answerWindow: 3_000n, reassociationDelay: 5_000n };
const FEED = { feedPrice: 10n ** 8n, feedMaxAge: 40_000n, feedLeast: 1n, feedMost: 10n ** 14n };
const SHORT = {
  ...{ nodeDeedStart: 1n, nodeDeedDuration: 9n, masterNodeDeedStart: 2n, masterNodeDeedDuration: 13n },
  ...{ genesisNodeDeedStart: 0n, genesisNodeDeedDuration: 7n, jobTerm: 2n },
};
const LONG = {
  ...{ nodeDeedStart: 0n, nodeDeedDuration: 1_080n, masterNodeDeedStart: 3n, masterNodeDeedDuration: 677n },
  ...{ genesisNodeDeedStart: 0n, genesisNodeDeedDuration: 365n, jobTerm: 3n },
};
const POOLS = [
  { name: "liquidity", key: "liquidityPool", share: 2_671n, opensAfter: 0n, milestones: [] },
  { name: "expenses", key: "expensesPool", share: 1_384n, opensAfter: 25_000n, milestones: [] },
  { name: "marketing", key: "marketingPool", share: 754n, opensAfter: 0n, milestones: [3_333, 3_333, 3_334] },
  { name: "grants", key: "grantsPool", share: 3_460n, opensAfter: 40_000n, milestones: [1, 9_999] },
  { name: "social", key: "socialResponsibilityPool", share: 1_731n, opensAfter: 0n, milestones: [10_000] },
];

const ACTORS = 8;
const OPERATORS = 6;
const ORACLES = 5;
const NODES = 16;
const FUNDS = parseEther("1000000");
const YEARS = 10 ** 8;

/** @param seed Even ones walk through the short world. */
export async function loadWorld(seed: number): Promise<World> {
  const world = await networkHelpers.loadFixture(seed % 2 === 0 ? loadShort : loadLong);
  return { ...world, state: structuredClone(world.state) };
}

async function loadShort(): Promise<World> {
  return populate(SHORT);
}

async function loadLong(): Promise<World> {
  return populate(LONG);
}

async function populate(classes: typeof SHORT): Promise<World> {
  const protocol = await deployProtocol({ ...TIMES, ...FEED, ...classes }, byKey());
  const { accounts, manager: _, pools, ...named } = protocol;
  const otherFeed = await ethers.deployContract("MockV3Aggregator", [6, 2_000_000n]);
  const multicall = await ethers.deployContract("Multicall3");
  const contracts: Record<ContractName, Deployed> = {};
  const all = { ...named, otherFeed, ...Object.fromEntries(POOLS.map(({ name }, i) => [name, pools[i]!])) };
  for (const [name, contract] of Object.entries(all)) contracts[name] = await deployed(contract);

  const genesis = Number(await protocol.ledger.GENESIS());
  const setting = settingOf(contracts, accounts, genesis, classes, (await ethers.provider.getNetwork()).chainId);
  const state = await firstState(setting, protocol);
  const cast = castOf();
  for (const account of [...cast.wallets.keys(), setting.addresses["rewards"]!]) await enable(account);
  const world = { chain: new Chain(contracts, await multicall.getAddress()), cast, state };
  await furnish(world);
  // In the other world somebody issues it on the way.
  if (classes === SHORT) await furnishGenesis(world);
  return world;
}

function byKey() {
  return Object.fromEntries(POOLS.map(({ key, opensAfter, milestones }) => [key, { opensAfter, milestones }]));
}

async function deployed(contract: {
  getAddress(): Promise<string>;
  interface: Deployed["interface"];
}): Promise<Deployed> {
  return { address: await contract.getAddress(), interface: contract.interface };
}

type Protocol = Awaited<ReturnType<typeof deployProtocol>>;

function settingOf(
  contracts: Readonly<Record<ContractName, Deployed>>,
  { governance, guardian, compliance, treasurer }: Protocol["accounts"],
  genesis: number,
  classes: typeof SHORT,
  chainId: bigint,
): Setting {
  const schedule = (start: bigint, duration: bigint) => ({ start: Number(start), duration: Number(duration) });
  return {
    chainId,
    addresses: Object.fromEntries(Object.entries(contracts).map(([name, { address }]) => [name, address])),
    roles: {
      governance: governance.address,
      guardian: guardian.address,
      compliance: compliance.address,
      treasurer: treasurer.address,
    },
    genesis,
    epochDuration: Number(TIMES.epochDuration),
    activationDelay: Number(TIMES.activationDelay),
    answerWindow: Number(TIMES.answerWindow),
    reassociationDelay: Number(TIMES.reassociationDelay),
    jobTerm: Number(classes.jobTerm),
    classes: {
      1: schedule(classes.nodeDeedStart, classes.nodeDeedDuration),
      2: schedule(classes.masterNodeDeedStart, classes.masterNodeDeedDuration),
      3: schedule(classes.genesisNodeDeedStart, classes.genesisNodeDeedDuration),
    },
    pools: POOLS.map(({ name, share, opensAfter, milestones }) => {
      return { name, share, unlockTime: genesis + Number(opensAfter), milestones };
    }),
  };
}

async function firstState(setting: Setting, { feed }: Protocol): Promise<State> {
  const { feed: address, otherFeed } = setting.addresses;
  const now = await networkHelpers.time.latest();
  const updatedAt = Number(await feed.latestTimestamp());
  const config = { feed: address!, maxAge: Number(FEED.feedMaxAge), least: FEED.feedLeast, most: FEED.feedMost };
  const other = await ethers.getContractAt("MockV3Aggregator", otherFeed!);
  const feeds = new Map([
    [address!, { decimals: 8n, round: 1n, answer: FEED.feedPrice, updatedAt }],
    [otherFeed!, { decimals: 6n, round: 1n, answer: 2_000_000n, updatedAt: Number(await other.latestTimestamp()) }],
  ]);
  const state = emptyState(setting, now, config, feeds);
  for (const { id: classId, class: terms } of PRICE_LIST) {
    const { milliCpu, memoryMiB, diskMiB } = terms;
    const resources = { milliCpu: Number(milliCpu), memoryMiB: Number(memoryMiB), diskMiB: Number(diskMiB) };
    state.classes.set(Number(classId), { ...terms, ...resources });
  }
  return state;
}

function castOf(): Cast {
  const make = (what: string, count: number) => Array.from({ length: count }, (_, i) => new Wallet(id(`${what} ${i}`)));
  const [actors, nodes, payees] = [make("actor", ACTORS), make("node", NODES), make("payee", 2)];
  const wallets = new Map([...actors, ...nodes].map((wallet) => [wallet.address, wallet]));
  const addressOf = ({ address }: Wallet) => address;
  return { actors: actors.map(addressOf), nodes: nodes.map(addressOf), payees: payees.map(addressOf), wallets };
}

/** Lets an account send transactions without a key of the chain's. */
async function enable(account: string): Promise<void> {
  await networkHelpers.setBalance(account, 10n ** 22n);
  await provider.request({ method: "hardhat_impersonateAccount", params: [account] });
}

// ---------------------------------------------------------------- what there is when a walk begins

async function furnish(world: World): Promise<void> {
  const { cast, state } = world;
  for (const actor of cast.actors) for (const step of fund(state, actor)) await perform(world, step);
  for (const actor of cast.actors.slice(0, OPERATORS)) await perform(world, admit(state, actor));
  for (const [i, actor] of cast.actors.slice(0, ORACLES).entries()) {
    await perform(world, issueStep(state, actor, parseEther(String(10 ** i))));
    await perform(world, link(world, actor, deedId(MASTER, i + 1), i));
    await perform(world, seat(state, cast.nodes[i]!));
  }
  for (const [i, actor] of cast.actors.slice(0, OPERATORS).entries()) {
    await perform(world, purchase(state, actor));
    await perform(world, link(world, actor, deedId(NODE, 2 * i + 1), ORACLES + 1 + i));
  }
}

async function furnishGenesis(world: World): Promise<void> {
  const owner = world.cast.actors[0]!;
  await perform(world, genesisStep(world.state, owner));
  await perform(world, link(world, owner, deedId(GENESIS, 1), ORACLES));
}

async function perform({ chain, state }: World, makeStep: () => Step): Promise<void> {
  state.now += 1;
  const step = makeStep();
  const refusal = await chain.send(step, state.now);
  if (refusal !== undefined) throw new Error(`the world cannot be made: ${step.contract}.${step.call}: ${refusal}`);
  step.model(state);
}

function fund({ setting: { addresses } }: State, actor: string): (() => Step)[] {
  const { rewards, sale, escrow } = addresses;
  const r1 = (sender: string, call: string, args: readonly unknown[], model: Step["model"]) => (): Step => {
    return { sender, contract: "r1", call, args, model };
  };
  return [
    r1(rewards!, "mint", [actor, FUNDS], (state) => mint(state, rewards!, actor, FUNDS)),
    r1(actor, "approve", [sale!, MaxUint256], (state) => approve(state, actor, sale!, MaxUint256)),
    r1(actor, "approve", [escrow!, FUNDS], (state) => approve(state, actor, escrow!, FUNDS)),
  ];
}

function admit(state: State, actor: string): () => Step {
  const sender = state.setting.roles.compliance;
  const until = state.now + YEARS;
  const model: Step["model"] = (after) => approveOperator(after, sender, actor, until, 1);
  return () => ({ sender, contract: "operators", call: "approve", args: [actor, until, 1], model });
}

function issueStep({ setting }: State, actor: string, allocation: bigint): () => Step {
  const sender = setting.roles.governance;
  const model: Step["model"] = (state) => issueMaster(state, sender, actor, allocation);
  return () => ({ sender, contract: "masterDeed", call: "issue", args: [actor, allocation], model });
}

function genesisStep({ setting }: State, actor: string): () => Step {
  const sender = setting.roles.governance;
  const model: Step["model"] = (state) => issueGenesis(state, sender, actor);
  return () => ({ sender, contract: "genesisDeed", call: "issue", args: [actor], model });
}

function seat({ setting }: State, node: string): () => Step {
  const sender = setting.roles.governance;
  const model: Step["model"] = (state) => addOracle(state, sender, node);
  return () => ({ sender, contract: "oracles", call: "addOracle", args: [node], model });
}

function purchase(state: State, actor: string): () => Step {
  const given = { count: 2, maxR1: FUNDS, deadline: state.now + YEARS, recipient: actor };
  const args = [given.count, given.maxR1, given.deadline, given.recipient];
  return () => ({ sender: actor, contract: "sale", call: "buy", args, model: (after) => buy(after, actor, given) });
}

function link({ state, cast }: World, actor: string, deed: bigint, nodeIndex: number): () => Step {
  return () => {
    const node = cast.nodes[nodeIndex]!;
    const deadline = state.now + 10;
    const digest = consentDigest(state, deed, actor, deadline);
    const signature = cast.wallets.get(node)!.signingKey.sign(digest);
    const args = [deed, node, deadline, signature.serialized];
    const model: Step["model"] = (after) => associate(after, actor, [{ deed, node, deadline, signature }]);
    return { sender: actor, contract: "nodes", call: "associate", args, model };
  };
}

import { formatUnits } from "ethers";

import { formatDeed } from "../protocol/deedId.js";

/** Values of a custom error, in the order it declares them. */
export type ErrorArguments = readonly unknown[];
type Sentence = (args: ErrorArguments) => string;

const latestDate = 8_640_000_000_000n;

/** Wei as R1 to the last digit. */
const r1 = (wei: unknown): string => `${formatUnits(wei as bigint, 18).replace(/\.0$/, "")} R1`;

/** Unix seconds as a date people read; contracts use the largest numbers for "never". */
const time = (seconds: unknown): string => {
  const value = seconds as bigint;
  return value > latestDate ? `second ${value}` : new Date(Number(value) * 1_000).toISOString();
};

const deed = (id: unknown): string => {
  try {
    return formatDeed(id as bigint);
  } catch {
    return `deed id ${String(id)}`;
  }
};

const text = String;

const jobRights: Readonly<Record<string, string>> = {
  1: "extend",
  2: "scale",
  4: "close",
  8: "change the specification",
};
const jobRight = (right: unknown): string => jobRights[String(right)] ?? `right ${String(right)}`;

/** What each custom error of the protocol's contracts, and of the libraries in them, means. */
export const errorSentences: Readonly<Record<string, Sentence>> = {
  AvailabilityRewards_InvalidProof: () => "the proof does not lead to the root of that epoch",
  AvailabilityRewards_LengthMismatch: ([deeds, cumulatives]) =>
    `${text(deeds)} deeds were given with ${text(cumulatives)} cumulatives: there must be one each`,
  AvailabilityRewards_NoRoot: ([epoch]) =>
    `epoch ${text(epoch)} has no root that can be claimed against (none was committed, or it is not active yet)`,
  AvailabilityRewards_OwnerBanned: ([id, owner]) => `${deed(id)} cannot be claimed: its owner ${text(owner)} is banned`,
  AvailabilityRewards_SharesNotWhole: ([sum]) => `the pools' shares add up to ${text(sum)} basis points, not 10000`,
  AvailabilityRewards_ZeroCount: () => "no deed was named",

  DeedId_Invalid: ([id]) => `${text(id)} is the id of no deed`,
  Deed_AboveBound: ([tokenId, cumulative, bound]) =>
    `deed ${text(tokenId)} cannot have earned ${text(cumulative)} availability bytes: it has been associated for ${text(bound)} at most`,
  Deed_Banned: ([tokenId]) => `deed ${text(tokenId)} is banned`,
  Deed_NoReason: () => "a ban needs a reason",
  Deed_NotBanned: ([tokenId]) => `deed ${text(tokenId)} is not banned`,
  Deed_NotNodeRegistry: ([caller]) => `only the node registry may do this, not ${text(caller)}`,
  Deed_NotRewards: ([caller]) => `only the rewards contract may do this, not ${text(caller)}`,
  Deed_NothingNew: ([tokenId, cumulative, claimed]) =>
    `deed ${text(tokenId)} has nothing new to claim: ${text(cumulative)} availability bytes proven, ${text(claimed)} claimed already`,
  Deed_OperatorBanned: ([operator]) => `operator ${text(operator)} is banned and cannot move its deeds`,
  Deed_OperatorNotApproved: ([operator]) => `${text(operator)} is no approved operator and cannot hold deeds`,
  Deed_Soulbound: ([tokenId]) => `deed ${text(tokenId)} stays with the operator it was issued to`,
  GenesisNodeDeed_AlreadyIssued: () => "the Genesis Node Deed is issued already",
  MasterNodeDeed_AllIssued: ([most]) => `all ${text(most)} Master Node Deeds are issued`,
  MasterNodeDeed_AllocationTooLarge: ([allocation, most]) =>
    `an allocation of ${r1(allocation)} is too large: one deed mines ${r1(most)} at most`,
  MasterNodeDeed_AllocationsExhausted: ([allocation, left]) =>
    `an allocation of ${r1(allocation)} is too large: ${r1(left)} are left for all Master Node Deeds`,
  MasterNodeDeed_ZeroAllocation: () => "a Master Node Deed needs an allocation above zero",
  NodeDeed_NotSale: ([caller]) => `only the sale issues Node Deeds, not ${text(caller)}`,
  NodeDeed_SoldOut: ([wanted, left]) => `${text(wanted)} Node Deeds were wanted, ${text(left)} are left`,
  NodeDeed_ZeroCount: () => "the number of deeds is zero",

  NodeDeedSale_AboveMaximum: ([payment, most]) =>
    `the price rose: it is ${r1(payment)} now, more than the ${r1(most)} the buyer accepts`,
  NodeDeedSale_Expired: ([deadline, now]) => `the purchase was good until ${time(deadline)}, and it is ${time(now)}`,
  NodeDeedSale_NotApproved: ([operator]) => `${text(operator)} is no approved operator and cannot buy or hold deeds`,
  NodeDeedSale_TooMany: ([count, most]) => `${text(count)} deeds are too many for one purchase: ${text(most)} at most`,
  NodeDeedSale_ZeroCount: () => "the number of deeds is zero",
  SaleTiers_SoldOut: ([wanted, left]) => `${text(wanted)} Node Deeds were wanted, ${text(left)} are left`,
  FeedReader_BadConfig: () => "the price feed, its greatest age or its bounds are not usable",
  PriceFeed_NoRound: ([feed, round]) => `price feed ${text(feed)} has no answer for its round ${text(round)}`,
  PriceFeed_NotPositive: ([feed, answer]) => `price feed ${text(feed)} answers ${text(answer)}, which is no price`,
  PriceFeed_OutOfBounds: ([feed, price, least, most]) =>
    `price feed ${text(feed)} answers ${text(price)}, outside the believable ${text(least)} to ${text(most)}`,
  PriceFeed_Stale: ([feed, updatedAt, oldest]) =>
    `price feed ${text(feed)} was updated last at ${time(updatedAt)}, before ${time(oldest)}: its price is too old`,
  TwapFeed_NoHistory: () => "the time-weighted price has no earlier rounds",
  TwapFeed_TooIlliquid: ([liquidity, least]) =>
    `the exchange pool is too thin for a price: liquidity ${text(liquidity)}, at least ${text(least)} needed`,
  TwapFeed_WindowTooShort: ([window, least]) => `a window of ${text(window)} s is too short: at least ${text(least)} s`,
  TwapFeed_WrongPool: ([pool, token]) => `exchange pool ${text(pool)} does not trade R1 (${text(token)})`,

  NodeRegistry_DeadlineTooFar: ([deadline, latest]) =>
    `the node's consent until ${time(deadline)} is too long: until ${time(latest)} at most`,
  NodeRegistry_Expired: ([deadline, now]) => `the node's consent ended at ${time(deadline)}, and it is ${time(now)}`,
  NodeRegistry_NodeTaken: ([node, id]) => `node ${text(node)} serves ${deed(id)} already`,
  NodeRegistry_NotAssociated: ([id]) => `${deed(id)} has no node`,
  NodeRegistry_NotDeedContract: ([caller]) => `only a deed collection may do this, not ${text(caller)}`,
  NodeRegistry_NotOwner: ([id, caller]) => `${deed(id)} does not belong to ${text(caller)}`,
  NodeRegistry_NotOwnerOrNode: ([id, caller]) =>
    `only the owner of ${deed(id)} or its node may end the association, not ${text(caller)}`,
  NodeRegistry_NothingToAssociate: () => "no association was named",
  NodeRegistry_OperatorNotApproved: ([operator]) =>
    `${text(operator)} is no approved operator and cannot associate nodes`,
  NodeRegistry_TooSoon: ([id, from]) => `${deed(id)} can be associated again from ${time(from)} on`,
  NodeRegistry_WrongNodeSignature: ([node]) =>
    `the consent is not signed by node ${text(node)} for this deed, owner, deadline and chain`,

  OperatorRegistry_AlreadyBanned: ([operator]) => `operator ${text(operator)} is banned already`,
  OperatorRegistry_ExpiryInPast: ([until, now]) =>
    `an approval until ${time(until)} would be over already, as it is ${time(now)}`,
  OperatorRegistry_NoReason: () => "a ban needs a reason",
  OperatorRegistry_NoVerification: () => "an approval needs to say how the operator was verified",
  OperatorRegistry_NotApproved: ([operator]) => `operator ${text(operator)} is not approved`,
  OperatorRegistry_NotBanned: ([operator]) => `operator ${text(operator)} is not banned`,
  OperatorRegistry_ZeroOperator: () => "the zero address is no operator",

  OracleRegistry_BadAnswer: ([signer]) =>
    `the answer is signed by ${text(signer)}, not by the oracle for this challenge and chain`,
  OracleRegistry_ChallengedLately: ([next]) =>
    `the oracle answered a challenge lately: the next one is possible from ${time(next)} on`,
  OracleRegistry_ChallengeOpen: ([deadline]) =>
    `the oracle is challenged already: it may answer until ${time(deadline)}`,
  OracleRegistry_DifferentEpochs: ([a, b]) =>
    `the two reports are of epochs ${text(a)} and ${text(b)}: only two reports of one epoch contradict each other`,
  OracleRegistry_DifferentSigners: ([a, b]) =>
    `the two reports are signed by ${text(a)} and ${text(b)}, not by one oracle`,
  OracleRegistry_NotChallenged: ([oracle]) => `nobody challenged oracle ${text(oracle)}, or it answered already`,
  OracleRegistry_NotLedger: ([caller]) => `only the epoch ledger may do this, not ${text(caller)}`,
  OracleRegistry_NotSilent: ([deadline]) => `the oracle may still answer, until ${time(deadline)}`,
  OracleRegistry_SameReport: () => "the two reports are the same, which is no contradiction",
  OracleRegistry_TooLate: ([deadline]) => `the answer comes too late: it was due by ${time(deadline)}`,
  OracleRegistry_ZeroAnswerWindow: () => "oracles need some time to answer a challenge: the answer window is zero",
  OracleRegistry_AlreadyOracle: ([oracle]) => `${text(oracle)} is an oracle already`,
  OracleRegistry_BadSignature: ([index, signer]) =>
    `signature number ${text(index)} (by ${text(signer)}) is not by a current oracle, or out of order, or repeated`,
  OracleRegistry_NodeNotActive: ([node]) =>
    `node ${text(node)} is not active: it needs a deed that is not banned, of an approved owner`,
  OracleRegistry_NotOracle: ([account]) => `${text(account)} is no oracle`,
  OracleRegistry_OwnerHasOracle: ([owner, oracle]) => `${text(owner)} has an oracle already: ${text(oracle)}`,
  OracleRegistry_SetFull: ([most]) => `there are ${text(most)} oracles already, as many as there can be`,
  OracleRegistry_StillEligible: ([oracle]) => `oracle ${text(oracle)} is in order and cannot be ejected`,
  OracleRegistry_TooFewSignatures: ([given, quorum]) =>
    `${text(given)} signatures are too few: the quorum is ${text(quorum)}`,

  EpochClock_ZeroDuration: () => "an epoch cannot last zero seconds",
  EpochLedger_DelayTooLong: ([delay, duration]) =>
    `an activation delay of ${text(delay)} s is too long: it must be shorter than an epoch, ${text(duration)} s`,
  EpochLedger_InvalidProof: () => "a proof does not lead from its leaf to the root",
  EpochLedger_NothingPending: () => "no root can be disproved now: the last one is active, or there is none",
  EpochLedger_NotDisproved: ([before, later, most]) =>
    `nothing is wrong with this leaf: it went from ${text(before)} to ${text(later)}, and may grow by up to ${text(most)}`,
  EpochLedger_PreviousPending: ([epoch, from]) =>
    `epoch ${text(epoch)} can still be disproved: the next one can be committed from ${time(from)} on`,
  EpochLedger_NotEnded: ([epoch, end, now]) => `epoch ${text(epoch)} runs until ${time(end)}, and it is ${time(now)}`,
  EpochLedger_NotLater: ([epoch, last]) =>
    `epoch ${text(epoch)} is not after the last committed one, epoch ${text(last)}`,
  EpochLedger_WrongPreviousRoot: ([given, expected]) =>
    `the report builds on root ${text(given)}, but the last committed one is ${text(expected)}`,
  EpochLedger_ZeroRoot: () => "a report needs a root",

  ResourceCatalog_NoName: ([id]) => `class ${text(id)} needs a name`,
  ResourceCatalog_NotOffered: ([id]) => `class ${text(id)} is not offered, or there is none`,
  ResourceCatalog_WrongKind: ([id]) =>
    `${text(id)} is a GPU add-on where a class is wanted, or a class where an add-on is`,
  ResourceCatalog_ZeroId: () => "no class has the id 0: it stands for no add-on",
  ResourceCatalog_ZeroPrice: ([id]) => `class ${text(id)} needs a price above zero`,

  JobEscrow_AboveMaximum: ([deposit, most]) =>
    `the price rose: the deposit is ${r1(deposit)} now, more than the ${r1(most)} the developer accepts`,
  JobEscrow_AlreadyAssigned: ([job, id]) => `ND:${text(id)} serves job ${text(job)} already`,
  JobEscrow_BadTerm: ([term]) => `a term of ${text(term)} epochs is not usable`,
  JobEscrow_EpochsOutOfRange: ([epochs, least, most]) =>
    `a job of ${text(epochs)} epochs is not possible: it lasts ${text(least)} to ${text(most)}`,
  JobEscrow_Expired: ([deadline, now]) => `this was good until ${time(deadline)}, and it is ${time(now)}`,
  JobEscrow_InvalidProof: () => "the proof does not lead to the root of that epoch",
  JobEscrow_LengthMismatch: ([deeds, cumulatives]) =>
    `${text(deeds)} deeds were given with ${text(cumulatives)} cumulatives: there must be one each, and one at least`,
  JobEscrow_NoJob: ([job]) => `there is no job ${text(job)}`,
  JobEscrow_NoPlace: ([job, wanted, free]) =>
    `job ${text(job)} has ${text(free)} free places, and ${text(wanted)} deeds were to join`,
  JobEscrow_NoRoot: ([epoch]) =>
    `epoch ${text(epoch)} has no root to settle by (none was committed, or it is not active yet)`,
  JobEscrow_NoSpec: () => "a job needs the hash of its specification",
  JobEscrow_NodesOutOfRange: ([nodes, least, most]) =>
    `${text(nodes)} nodes are not possible here: ${text(least)} to ${text(most)} are`,
  JobEscrow_NotAllowed: ([job, caller, right]) =>
    `${text(caller)} neither owns job ${text(job)} nor is a delegate of its owner with the right to ${jobRight(right)}`,
  JobEscrow_NotAssigned: ([job, id]) => `ND:${text(id)} does not serve job ${text(job)}`,
  JobEscrow_NotOffered: ([owner, delegate, rights]) =>
    `${text(owner)} does not offer the rights ${text(rights)} to ${text(delegate)}`,
  JobEscrow_NotServing: ([id]) =>
    `ND:${text(id)} cannot serve: it has no node, its owner is not approved, or one of them is banned`,
  JobEscrow_NotStarted: ([job]) => `job ${text(job)} has not begun: no deed was assigned to it yet`,
  JobEscrow_NothingAssigned: () => "an assignment needs a deed that joins or leaves",
  JobEscrow_NothingDue: ([job, id, epoch]) =>
    `nothing is due to ND:${text(id)} for job ${text(job)} at epoch ${text(epoch)}: neither a term, nor the job, nor the assignment is over there`,
  JobEscrow_NothingHeld: ([id]) => `nothing is held for ND:${text(id)}`,
  JobEscrow_Over: ([job]) => `job ${text(job)} is over or closed, or has no further epoch`,
  JobEscrow_RateTooHigh: ([rate]) => `a rate of ${r1(rate)} per epoch and node is too high`,
  JobEscrow_StillBanned: ([id]) => `ND:${text(id)} or its owner is still banned`,
  JobEscrow_Unsettled: ([job, id]) =>
    `ND:${text(id)} served job ${text(job)} before, and that is not settled yet: settle it first`,
  JobEscrow_WrongLeavers: ([job, active, nodes]) =>
    `job ${text(job)} would be left with ${text(active)} deeds for ${text(nodes)} places: name as many deeds as taken places are given up`,
  JobEscrow_WrongSequence: ([job, given, expected]) =>
    `the assignment is number ${text(given)} of job ${text(job)}, and number ${text(expected)} is next`,

  R1_CapExceeded: ([minted, amount, cap]) =>
    `minting ${r1(amount)} on top of ${r1(minted)} would pass the cap of ${r1(cap)}`,
  R1_NotMinter: ([caller]) => `only the rewards contract mints R1, not ${text(caller)}`,
  R1_ZeroMinter: () => "R1 needs a minter",
  TreasuryPool_AboveReleasable: ([amount, releasable]) =>
    `${r1(amount)} are too much: the pool can release ${r1(releasable)} now`,
  TreasuryPool_Locked: ([unlock, now]) => `the pool is locked until ${time(unlock)}, and it is ${time(now)}`,
  TreasuryPool_NoMilestoneLeft: () => "every milestone of the pool is reached",
  TreasuryPool_NoText: () => "a release needs a purpose, and a milestone its evidence",
  TreasuryPool_SharesNotWhole: ([sum]) => `the milestones' shares add up to ${text(sum)} basis points, not 10000`,
  TreasuryPool_ZeroAmount: () => "the amount is zero",

  Deployer_AlreadyDeployed: ([target]) => `the contract stands already, at ${text(target)}`,
  Deployer_NotCreator: ([caller]) => `${text(caller)} did not create this deployer and cannot use it`,

  AccessManagedInvalidAuthority: ([authority]) => `${text(authority)} is no access manager`,
  AccessManagedRequiredDelay: ([caller, delay]) =>
    `${text(caller)} may do this only ${text(delay)} s after scheduling it with the access manager`,
  AccessManagedUnauthorized: ([caller]) => `${text(caller)} does not have the role that this needs`,
  AccessManagerAlreadyScheduled: ([operation]) => `operation ${text(operation)} is scheduled already`,
  AccessManagerBadConfirmation: () => "a role is renounced with one's own address as confirmation",
  AccessManagerExpired: ([operation]) => `the time to run operation ${text(operation)} is over: schedule it again`,
  AccessManagerInvalidInitialAdmin: ([admin]) => `${text(admin)} cannot govern`,
  AccessManagerLockedFunction: ([selector]) => `function ${text(selector)} is locked`,
  AccessManagerLockedRole: ([role]) => `role ${text(role)} is locked`,
  AccessManagerNotReady: ([operation]) => `operation ${text(operation)} is scheduled, but its delay is not over`,
  AccessManagerNotScheduled: ([operation]) => `operation ${text(operation)} is not scheduled`,
  AccessManagerUnauthorizedAccount: ([sender, role]) => `${text(sender)} does not have role ${text(role)}`,
  AccessManagerUnauthorizedCall: ([caller, target, selector]) =>
    `${text(caller)} may not call ${text(selector)} of ${text(target)}`,
  AccessManagerUnauthorizedCancel: ([sender, caller, target, selector]) =>
    `${text(sender)} may not cancel the call of ${text(selector)} of ${text(target)} that ${text(caller)} scheduled`,
  AccessManagerUnauthorizedConsume: ([target]) => `${text(target)} may not consume scheduled operations`,

  EnforcedPause: () => "this is paused",
  ExpectedPause: () => "this is not paused",
  ERC20InsufficientAllowance: ([spender, allowance, needed]) =>
    `${text(spender)} may spend ${r1(allowance)}, and ${r1(needed)} are needed: approve it first`,
  ERC20InsufficientBalance: ([sender, balance, needed]) =>
    `${text(sender)} has ${r1(balance)}, and ${r1(needed)} are needed`,
  ERC20InvalidApprover: ([approver]) => `${text(approver)} cannot approve spending`,
  ERC20InvalidReceiver: ([receiver]) => `${text(receiver)} cannot receive tokens`,
  ERC20InvalidSender: ([sender]) => `${text(sender)} cannot send tokens`,
  ERC20InvalidSpender: ([spender]) => `${text(spender)} cannot be allowed to spend`,
  ERC2612ExpiredSignature: ([deadline]) => `the permit ended at ${time(deadline)}`,
  ERC2612InvalidSigner: ([signer, owner]) => `the permit is signed by ${text(signer)}, not by ${text(owner)}`,
  InvalidAccountNonce: ([account, nonce]) =>
    `the signature of ${text(account)} was used already: its nonce is ${text(nonce)}`,
  SafeERC20FailedOperation: ([token]) => `token ${text(token)} refused the transfer`,
  ERC721IncorrectOwner: ([sender, tokenId, owner]) =>
    `deed ${text(tokenId)} belongs to ${text(owner)}, not to ${text(sender)}`,
  ERC721InsufficientApproval: ([operator, tokenId]) => `${text(operator)} may not move deed ${text(tokenId)}`,
  ERC721InvalidApprover: ([approver]) => `${text(approver)} may not approve others for this deed`,
  ERC721InvalidOperator: ([operator]) => `${text(operator)} cannot be approved for deeds`,
  ERC721InvalidOwner: ([owner]) => `${text(owner)} cannot own deeds`,
  ERC721InvalidReceiver: ([receiver]) => `${text(receiver)} cannot receive deeds`,
  ERC721InvalidSender: ([sender]) => `${text(sender)} cannot send deeds`,
  ERC721NonexistentToken: ([tokenId]) => `there is no deed ${text(tokenId)}`,
  MerkleProofInvalidMultiproof: () => "the multiproof is malformed",

  AddressEmptyCode: ([target]) => `there is no contract at ${text(target)}`,
  ECDSAInvalidSignature: () => "the signature is not valid",
  ECDSAInvalidSignatureLength: ([length]) => `a signature of ${text(length)} bytes is not valid`,
  ECDSAInvalidSignatureS: () => "the signature is malleable: its s is in the upper half",
  FailedCall: () => "a call inside failed without a reason",
  InsufficientBalance: ([balance, needed]) =>
    `the contract has ${formatUnits(balance as bigint)} ETH, and ${formatUnits(needed as bigint)} are needed`,
  InvalidShortString: () => "a short string is malformed",
  SafeCastOverflowedUintDowncast: ([bits, value]) => `${text(value)} does not fit into ${text(bits)} bits`,
  StringTooLong: ([value]) => `"${text(value)}" is too long`,
  StringsInsufficientHexLength: ([value, length]) => `${text(value)} does not fit into ${text(length)} hex digits`,

  Error: ([message]) => text(message),
  Panic: ([code]) => `the contract stopped with panic code ${text(code)}`,
};

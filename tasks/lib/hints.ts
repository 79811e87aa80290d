import type { ContractError } from "../../keepers/chain/errors.js";

/** What to do about a contract's refusal, after the sentence that says what it was. */
const HINTS: Readonly<Record<string, string>> = {
  AccessManagedUnauthorized: "Send it from the account that holds the role: --from or --key.",
  AvailabilityRewards_NoRoot: "See which epochs have a root with epoch:show.",
  EpochLedger_NotDisproved: "Find an offending leaf with --before and --after, or with --oracle.",
  EpochLedger_PreviousPending: "Watch it with epoch:show.",
  OracleRegistry_ChallengeOpen: "After that it can be removed with oracle:remove-silent.",
  OracleRegistry_NotSilent: "Look again then: oracle:list.",
  OracleRegistry_TooLate: "Whoever wants can remove it now: oracle:remove-silent.",
  AvailabilityRewards_OwnerBanned: "It can be claimed once compliance lifts the ban.",
  Deed_Banned: "It can be used again once compliance lifts the ban.",
  Deed_NothingNew: "Wait for the next committed epoch: epoch:show.",
  Deed_OperatorNotApproved: "Compliance approves operators with operator:approve.",
  ERC20InsufficientAllowance: "Leave --approve out to pay with a permit, or check the key of the buyer.",
  ERC20InsufficientBalance: "Get R1 first, or buy fewer deeds.",
  NodeDeedSale_AboveMaximum: "Look at the price with deed:quote, then raise --max-price or --slippage.",
  NodeDeedSale_Expired: "Run it again, or raise --deadline.",
  NodeDeedSale_NotApproved: "Compliance approves operators with operator:approve.",
  JobEscrow_AboveMaximum: "Look at the price with catalog:show, then raise --max-price or --slippage.",
  JobEscrow_NotAllowed: "Send it from the owner's account, --from or --key, or let the owner delegate: job:delegate.",
  JobEscrow_NothingDue: "See when it is due with job:show.",
  JobEscrow_NoRoot: "See which epochs have a root with epoch:show.",
  JobEscrow_StillBanned: "It is paid once compliance lifts the ban.",
  JobEscrow_WrongLeavers: "See which deeds serve with job:show.",
  ResourceCatalog_NotOffered: "See what is offered with catalog:show.",
  ResourceCatalog_WrongKind: "See what is offered with catalog:show.",
  NodeRegistry_DeadlineTooFar: "Make a new consent with node:consent and a shorter --hours.",
  NodeRegistry_Expired: "Make a new consent with node:consent.",
  NodeRegistry_NodeTaken: "Dissociate it from that deed first: node:dissociate.",
  NodeRegistry_NotOwner: "Send it from the owner's account: --from or --key.",
  NodeRegistry_NotOwnerOrNode: "Send it from the owner's account, or the node's: --from or --key.",
  NodeRegistry_OperatorNotApproved: "Compliance approves operators with operator:approve.",
  NodeRegistry_WrongNodeSignature: "Make a new consent with node:consent on the same network, for this owner.",
  OperatorRegistry_AlreadyBanned: "See why with operator:show.",
  OracleRegistry_NodeNotActive: "Look at its deed and owner with oracle:list, deed:show and operator:show.",
  PriceFeed_Stale: "Nothing can be bought until the feed is updated.",
  SaleTiers_SoldOut: "Buy fewer.",
};

/** The refusal in plain words and, where there is one, the way out. */
export function explainRefusal({ message, contractError }: ContractError): string {
  const hint = HINTS[contractError];
  return hint === undefined ? message : `${message}. ${hint}`;
}
